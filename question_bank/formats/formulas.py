"""Formulas between what files hold and the LaTeX of our texts: OMML (Word) and MathML (QTI, Moodle, web pages)."""

from question_bank.formats.formula_mathml import mathml_to_latex, tex_beside
from question_bank.formats.formula_omml import omml_to_latex
from question_bank.formats.formula_symbols import NoLatex
from question_bank.formats.formula_write import latex_to_omml

__all__ = ["NoLatex", "latex_to_omml", "mathml_to_latex", "omml_to_latex", "tex_beside"]
