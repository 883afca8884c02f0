"""The only ways in which a file is written: whole or not at all, and never over another one."""
