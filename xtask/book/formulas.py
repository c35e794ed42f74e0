"""A preprocessor of mdBook, for what GitHub shows by itself: formulas become MathML, and SVG figures part of the page.

Formulas are `$…$` within a line, and blocks of code in the language `math`. A figure in the page has the colours of the
page's theme; as a separate image it would have those of the system.
"""

import html
import json
import re
import sys
from pathlib import Path

from latex2mathml.converter import convert

# Code comes first, so that a dollar sign in code stays one.
PARTS = re.compile(
    r"^(?P<fence>`{3,})(?P<language>\S*)[^\n]*\n(?P<block>.*?)^(?P=fence)$"
    r"|(?P<ticks>`+)[^`].*?(?P=ticks)"
    r"|\$(?P<line>[^$\n]+)\$(?P<mark>[.,:;)]?)"
    r"|^!\[(?P<alt>[^]]*)\]\((?P<figure>images/[^)]*\.svg)\)$",
    re.DOTALL | re.MULTILINE,
)


def formula(latex, display):
    mathml = convert(latex, display=display)
    if "\\" in mathml or "&<" in mathml:
        raise ValueError(f"unknown LaTeX command in {latex}")
    # ± is an operator, and a function's name is not.
    mathml = re.sub("<m[io]>(&#x000B1;)</m[io]>", r"<mo>\1</mo>", mathml)
    mathml = re.sub("<mo>([a-z]+)</mo>", r"<mi>\1</mi>", mathml)
    # Spaces as LaTeX sets them: one after ln, none around a slash and inside |w|.
    mathml = mathml.replace("<mi>ln</mi>", '<mi>ln</mi><mspace width="0.17em" />')
    return re.sub("<mo>(&#x0002F;|&#x0007C;)</mo>", r'<mo stretchy="false" lspace="0" rspace="0">\1</mo>', mathml)


def figure(path, alt):
    svg = re.sub(r"<style>.*?</style>\n?", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    label = f'<svg role="img" aria-label="{html.escape(alt)}" '
    return f'<div class="figure">{svg.strip().replace("<svg ", label, 1)}</div>'


def page(text, folder):
    def replace(part):
        if part["language"] == "math":
            return f'<div class="formula">{formula(part["block"], "block")}</div>\n'
        if part["line"]:
            # A full stop stays in the formula's line.
            return f'<span class="inline">{formula(part["line"], "inline")}{part["mark"]}</span>'
        if part["figure"]:
            return figure(folder / part["figure"], part["alt"])
        return part[0]

    return PARTS.sub(replace, text)


def chapters(items):
    for item in items:
        if "Chapter" in item:
            yield item["Chapter"]
            yield from chapters(item["Chapter"]["sub_items"])


def main():
    if sys.argv[1:2] == ["supports"]:
        sys.exit(sys.argv[2] != "html")
    context, book = json.load(sys.stdin.buffer)
    folder = Path(context["root"], "src")
    for chapter in chapters(book["items"]):
        chapter["content"] = page(chapter["content"], folder)
    json.dump(book, sys.stdout)


main()
