"""``roob openapi``: what an app can do, as an OpenAPI 3.1 document."""

import click

from roob.cli.finding import app_option, name_of_app
from roob.cli.sandbox import opened
from roob.openapi.pages import as_text, documentation_of
from roob.trace.layers import roob_of


@click.command()
@app_option
@click.option(
    "--indent",
    type=click.IntRange(0, 8),
    default=2,
    show_default=True,
    help="Spaces to a level; 0 is one line.",
)
@click.pass_context
def openapi(context: click.Context, name: str | None, indent: int) -> None:
    """Print the app's OpenAPI document, the same letters each time.

    \b
    roob openapi > openapi.json

    It is what /openapi.json answers, where the app has been given that by
    add_openapi; title and version are missing where it has not.
    """
    with opened(context) as sandbox:
        app = sandbox.load(name_of_app(name))
        roob = roob_of(app)
        if roob is None:
            raise click.ClickException(f"{type(app).__name__} is no Roob application")
        document = documentation_of(roob).document()
    click.echo(as_text(document, indent), nl=False)
