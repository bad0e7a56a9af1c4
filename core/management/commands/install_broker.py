"""`manage.py install_broker ROLE`: the queue tables of the pgmq transport, made by the owner beside the migrations."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import psycopg
from django.core.management.base import BaseCommand
from django.db import connection

from core.broker import install_broker


class Command(BaseCommand):
    help = "Make the queue tables that carry Celery's messages in this database, for the role that uses them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("role", nargs="?", help="the application's database role; without it, the connected one")

    def handle(self, *args: Any, **options: Any) -> None:
        connection.ensure_connection()
        wrapped = connection.connection
        assert isinstance(wrapped, psycopg.Connection)
        made = install_broker(wrapped, role=options["role"])
        self.stdout.write("queue tables made" if made else "queue tables were there")
