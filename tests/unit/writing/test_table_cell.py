import pytest

from boxwright.writing.table_cell import cell_text, table_cell


@pytest.mark.parametrize("text", ["=cmd()", "+1", "-1.jpg", "@SUM(1)", "\tx", "\r=1", "＝1", "'=1", "''-1", "=", "-"])
def test_formulas_become_text_and_come_back(text):
    assert table_cell(text) == f"'{text}"
    assert cell_text(table_cell(text)) == text


@pytest.mark.parametrize("text", ["", "cat", "a=b", "'quoted'", "'", "a-1.jpg", "細胞", " =1", "1"])
def test_other_text_stays(text):
    assert table_cell(text) == cell_text(table_cell(text)) == text
