"""What a file may be: sizes, kinds, and how the French reader is told."""

MEGABYTE = 1_000_000
MAX_BYTES = 20 * MEGABYTE
# A whole request, all files together; beyond it the connection is cut (the proxy cuts before).
MAX_REQUEST_BYTES = 200 * MEGABYTE
MAX_UNPACKED_BYTES = 100 * MEGABYTE
MAX_ENTRIES = 3_000
# Redrawing a picture takes memory: under 100 MB each. A large photo is halved as it is read; a
# PNG, or a JPEG in several passes, cannot be.
MAX_PIXELS = 50_000_000
MAX_PIXELS_WHOLE = 16_000_000
MAX_PIXELS_IN_PASSES = 10_000_000
HALVED_ABOVE = 12_500_000
MAX_PAGES = 500

PDF = "application/pdf"
JPEG = "image/jpeg"
PNG = "image/png"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXTENSIONS = {
    PDF: "pdf",
    JPEG: "jpg",
    PNG: "png",
    ODT: "odt",
    ODS: "ods",
    DOCX: "docx",
    XLSX: "xlsx",
}
# Taken only where a recording is asked for.
MP3 = "audio/mpeg"
SOUNDS = {MP3: "mp3"}
NAMES = EXTENSIONS | SOUNDS
IMAGES = frozenset({JPEG, PNG})
KINDS = "PDF, JPEG, PNG, ODT, DOCX, ODS ou XLSX"
ACCEPT = ",".join(f".{extension}" for extension in [*EXTENSIONS.values(), "jpeg"])


def in_french(size: int) -> str:
    """1 234 567 → « 1,2 Mo »; whole from ten megabytes on."""
    if size < MEGABYTE:
        return f"{max(1, size // 1000)}\N{NO-BREAK SPACE}ko"
    whole, tenths = divmod(size // 100_000, 10)
    text = str(whole) if whole >= 10 or tenths == 0 else f"{whole},{tenths}"
    return f"{text}\N{NO-BREAK SPACE}Mo"
