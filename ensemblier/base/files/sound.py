"""A recording is read frame by frame: what is kept is sound, and nothing else."""

from __future__ import annotations

from ensemblier.base.refusal import Refusal

# Layer III: bit rates (kbit/s) of MPEG-1, then of MPEG-2 and 2.5 (ISO/IEC 11172-3 and 13818-3).
RATES = {
    3: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
SAMPLES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
LEAST_FRAMES = 10
MOST_SECONDS = 600


class SoundRefused(Refusal):
    """Not a plain MP3, or longer than ten minutes."""


def damaged() -> SoundRefused:
    return SoundRefused(
        "Cet enregistrement n'est pas un MP3 lisible. Enregistrez-le de nouveau en MP3, puis "
        "déposez-le."
    )


def only_sound(content: bytes) -> bytes:
    """The frames of an MP3, without its tags (names, places, pictures) nor anything between."""
    place = _after_tag(content)
    frames, seconds_x = [], 0
    while place + 4 <= len(content) and content[place : place + 3] != b"TAG":
        length, samples, rate = _frame(content, place)
        if place + length > len(content):
            break  # the last frame was cut: it is left out
        frames.append(content[place : place + length])
        seconds_x += samples * 1_000 // rate
        place += length
    if len(frames) < LEAST_FRAMES:
        raise damaged()
    if seconds_x > MOST_SECONDS * 1_000:
        raise SoundRefused("Cet enregistrement dure plus de dix minutes. Une fiche en dure deux.")
    return b"".join(frames)


def _after_tag(content: bytes) -> int:
    """Where sound begins after an ID3v2 tag, whose size is written on four times seven bits."""
    if content[:3] != b"ID3" or len(content) < 10:
        return 0
    sizes = content[6:10]
    if any(byte & 0x80 for byte in sizes):
        raise damaged()
    size = 0
    for byte in sizes:
        size = size << 7 | byte
    return 10 + size


def _frame(content: bytes, place: int) -> tuple[int, int, int]:
    """Length in octets, samples and rate of the frame that begins here."""
    head = int.from_bytes(content[place : place + 4], "big")
    version, layer = head >> 19 & 3, head >> 17 & 3
    rate, sample = head >> 12 & 15, head >> 10 & 3
    if head >> 21 != 0x7FF or version == 1 or layer != 1 or rate in (0, 15) or sample == 3:
        raise damaged()
    kbits = RATES[3 if version == 3 else 2][rate - 1]
    hertz = SAMPLES[version][sample]
    samples = 1_152 if version == 3 else 576
    return samples // 8 * kbits * 1_000 // hertz + (head >> 9 & 1), samples, hertz
