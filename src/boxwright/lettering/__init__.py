"""Names of classes and files as they are shown: on terminals, in figures and in pictures."""
