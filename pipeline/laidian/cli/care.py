"""The command that examines the installation and the workspace."""

import typer

from laidian.cli.shell import HERE, Json, Workspace, app, out, print_json


@app.command()
def doctor(root: Workspace = HERE, as_json: Json = False) -> None:
    """Check the model, the pinned libraries, the decoders, the disk and the workspace; exit 1 if something is wrong."""
    from laidian import doctor as checks  # late: it looks at every library

    found = checks.examine(root)
    if as_json:
        print_json(found)
    else:
        for one in found:
            out.print(f"{'ok  ' if one.ok else 'BAD '} {one.name}: {one.found}{'' if one.ok else f'; {one.do}'}", markup=False)
    if not all(one.ok for one in found):
        raise typer.Exit(1)
