import logging

from boxwright.cli.plain_messages import plain_messages


def test_messages_are_lines_without_control_characters_and_end_with_the_block(capsys) -> None:
    logger = logging.getLogger("boxwright.prediction.search")
    before = logging.getLogger("boxwright").level
    with plain_messages():
        logger.info("Objects of \x1b[31m%s.", "cells")
    logger.info("nobody hears")
    said = capsys.readouterr()
    assert said.err == "Objects of \\x1b[31mcells.\n"
    assert said.out == ""
    assert logging.getLogger("boxwright").level == before
