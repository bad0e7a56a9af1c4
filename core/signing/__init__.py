"""Signatures and time stamps that the other side checks with `openssl` and `ssh-keygen` alone. No tables, no clock but one."""
