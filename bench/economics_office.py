"""LibreOffice headless, kept open, recalculating the exported sheet: the time of one recalculation.

A Basic macro in a profile of its own opens the file, types a hypothesis, asks for a hard
recalculation, reads the last cash, and does it again; it writes the milliseconds and that cash.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

MODULE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1"
 script:language="StarBasic">
Sub Main
  Dim how(0) As New com.sun.star.beans.PropertyValue
  how(0).Name = "Hidden"
  how(0).Value = True
  book = StarDesktop.loadComponentFromURL("file://{sheet}", "_blank", 0, how())
  typed = book.Sheets.getByName("Hypotheses").getCellByPosition(2, 1)
  first = typed.Value
  months = book.Sheets.getByName("Mois")
  book.calculateAll()
  began = GetSystemTicks()
  For turn = 1 To {times}
    typed.Value = first + turn
    book.calculateAll()
  Next turn
  took = GetSystemTicks() - began
  typed.Value = first
  book.calculateAll()
  f = FreeFile
  Open "{answer}" For Output As #f
  Print #f, took
  Print #f, months.getCellByPosition(60, 6).Value
  Close #f
  book.close(True)
End Sub
</script:module>
"""


def recalculation(sheet: bytes, times: int) -> tuple[float, float]:
    """Seconds of one recalculation, and the last cash that LibreOffice finds, in euros."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    assert office, "make system installs LibreOffice Calc"
    with tempfile.TemporaryDirectory(prefix="ensemblier-office-") as name:
        folder = Path(name)
        (folder / "plan.ods").write_bytes(sheet)
        answer = folder / "answer.txt"
        command = [office, f"-env:UserInstallation=file://{folder}/profile", "--headless"]
        # The first start makes the profile, with an empty module that the macro replaces.
        for more in (["--terminate_after_init"], ["macro:///Standard.Module1.Main"]):
            subprocess.run([*command, *more], check=True, capture_output=True, timeout=300)
            module = folder / "profile" / "user" / "basic" / "Standard" / "Module1.xba"
            module.write_text(MODULE.format(sheet=folder / "plan.ods", answer=answer, times=times))
        took, cash = answer.read_text().split()
    return float(took) / 1000 / times, float(cash.replace(",", "."))
