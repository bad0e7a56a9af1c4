"""Several management commands in one process: a second start of the desk pays for Django once, not six times.

`python -m core.chain "migrate --noinput" "install_broker app"`
"""

from __future__ import annotations

import os
import shlex
import sys


def main(commands: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django
    from django.core.management import call_command

    django.setup()
    for command in commands:
        name, *arguments = shlex.split(command)
        call_command(name, *arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
