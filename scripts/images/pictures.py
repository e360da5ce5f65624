"""
Pictures of every kind, whole, cut and damaged, and what Pillow says of each: writes {kind, damage, data, decodes} as JSON lines.

A picture is cut at every byte. Damage is a piece left out of the middle, or overwritten: the end is there.
"""
import base64, io, json, random, struct, sys, zlib

from PIL import Image, ImageDraw

random.seed(7)


def drawn(mode="RGB", size=(37, 23), shift=0):
    picture = Image.new("RGB", size, (20, 90 + shift, 160))
    draw = ImageDraw.Draw(picture)
    for _ in range(12):
        x, y = random.randrange(size[0]), random.randrange(size[1])
        draw.ellipse([x, y, x + 9, y + 6], fill=tuple(random.randrange(256) for _ in range(3)))
    return picture.convert(mode)


def saved(picture, kind, **options):
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def interlaced(size=(17, 11)):
    rows = b""
    for x, y, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
        wide, high = -(-(size[0] - x) // dx), -(-(size[1] - y) // dy)
        if wide > 0 and high > 0:
            rows += b"".join(b"\0" + random.randbytes(3 * wide) for _ in range(high))
    head = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def frames(mode="RGB"):
    return {"save_all": True, "append_images": [drawn(mode, shift=20 * n) for n in (1, 2)], "duration": 80}


pictures = {
    "PNG": saved(drawn(), "PNG"),
    "PNG, palette": saved(drawn("P"), "PNG"),
    "PNG, grey": saved(drawn("L"), "PNG"),
    "PNG, alpha": saved(drawn("RGBA"), "PNG"),
    "PNG, 16 bits": saved(drawn("L").convert("I;16"), "PNG"),
    "PNG, 1 bit": saved(drawn("1"), "PNG"),
    "PNG, interlaced": interlaced(),
    "APNG": saved(drawn(), "PNG", **frames()),
    "JPEG": saved(drawn(), "JPEG"),
    "JPEG, progressive": saved(drawn(), "JPEG", progressive=True),
    "JPEG, grey": saved(drawn("L"), "JPEG"),
    "JPEG, CMYK": saved(drawn("CMYK"), "JPEG"),
    "JPEG, restarts": saved(drawn(), "JPEG", restart_marker_blocks=1),
    "JPEG, thumbnail": saved(drawn(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0" + saved(drawn(size=(8, 8)), "JPEG")),
    "GIF": saved(drawn(), "GIF"),
    "GIF, animated": saved(drawn(), "GIF", **frames("P")),
    "WebP, lossy": saved(drawn(), "WEBP"),
    "WebP, lossless": saved(drawn(), "WEBP", lossless=True),
    "WebP, alpha": saved(drawn("RGBA"), "WEBP"),
    "WebP, animated": saved(drawn(), "WEBP", **frames()),
    "BMP": saved(drawn(), "BMP"),
}


def decodes(data):
    try:
        picture = Image.open(io.BytesIO(data))
        for frame in range(getattr(picture, "n_frames", 1)):
            picture.seek(frame)
            picture.load()
        return True
    except Exception:
        return False


def damaged(data):
    yield "none", data
    for end in range(len(data)):
        yield "cut", data[:end]
    for _ in range(60):
        at, length = random.randrange(len(data) // 4, len(data) - 4), random.choice([1, 4, 16, 64])
        yield "left out", data[:at] + data[min(at + length, len(data) - 2) :]
        yield "overwritten", data[:at] + random.randbytes(min(length, len(data) - at - 2)) + data[min(at + length, len(data) - 2) :]


for kind, data in pictures.items():
    for damage, each in damaged(data):
        said = {"kind": kind, "damage": damage, "data": base64.b64encode(each).decode(), "decodes": decodes(each)}
        sys.stdout.write(json.dumps(said) + "\n")
