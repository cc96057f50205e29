"""The observer: watches a request's path from outside, and shows what it saw.

No room of the framework imports this one or knows of it. What happens in a process
that traces nothing is what happened before tracing was written.
"""
