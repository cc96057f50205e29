"""What a recording may not show: found by names, hidden in every spelling.

::

looking     a value, without running any code of its class
naming      which names hide what goes by them
parts       what a secret is made of
escapes     a text, its escapes undone
spellings   how a secret may be written
mentions    where a free text names one
secrets     what is known to be secret in one recording
learning    all of a value's secrets, handed to them
"""
