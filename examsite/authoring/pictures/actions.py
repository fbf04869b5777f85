"""Taking pictures into a bank: judged by content, limited, and encoded again so that nothing but the picture stays."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from PIL import Image, ImageOps
from sqlalchemy.orm import Session

from examsite import audit, files
from examsite.audit import Actor
from examsite.authoring.pictures.models import BankPicture
from examsite.errors import Invalid

MOST_BYTES = 2 * 2**20
MOST_PIXELS = 2000
#: Modes that PNG keeps as they are.
_PNG_MODES = {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}


class NotAPicture(Invalid):
    """The bytes are no picture that questions can show, or too big."""

    code = "not-a-picture"


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture as it is kept."""

    content: bytes
    media_type: str
    width: int
    height: int


def keep(session: Session, bank_id: int, content: bytes, *, actor: Actor, now: datetime) -> str:
    """Keep this picture for the bank's questions; the digest by which texts refer to it (`picture:DIGEST`).

    The same picture is kept once.  Raises NotAPicture.
    """
    return _keep(session, bank_id, encode(content), actor=actor, now=now)


def keep_encoded(session: Session, bank_id: int, content: bytes, *, actor: Actor, now: datetime) -> str:
    """Keep what `encode` gave; the digest.  Encoding once more would change a photograph."""
    with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as image:
        media_type = "image/png" if image.format == "PNG" else "image/jpeg"
        picture = Encoded(content, media_type, image.width, image.height)
    return _keep(session, bank_id, picture, actor=actor, now=now)


def _keep(session: Session, bank_id: int, picture: Encoded, *, actor: Actor, now: datetime) -> str:
    stored = files.keep(session, picture.content, now=now)
    if session.get(BankPicture, (bank_id, stored.digest)) is None:
        session.add(
            BankPicture(
                bank_id=bank_id,
                digest=stored.digest,
                media_type=picture.media_type,
                size=len(picture.content),
                width=picture.width,
                height=picture.height,
                added_by_id=actor.id,
                added_at=now,
            )
        )
        session.flush()
        audit.record(
            session,
            "picture.keep",
            of=f"banks:{bank_id}",
            actor=actor,
            now=now,
            digest=stored.digest,
            size=len(picture.content),
        )
    return stored.digest


def encode(content: bytes) -> Encoded:
    """PNG, JPEG or WebP as PNG or JPEG without metadata, upright.  Raises NotAPicture."""
    if len(content) > MOST_BYTES:
        raise NotAPicture(
            _("The picture is larger than %(most)s MiB. Make it smaller and send it again.", most=2)
        )
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP")) as image:
            # The size stands in the header: nothing is unpacked before it is known to be small.
            if max(image.size) > MOST_PIXELS:
                raise NotAPicture(
                    _(
                        "The picture has %(width)s × %(height)s pixels; at most %(most)s × %(most)s fit. "
                        "Make it smaller and send it again.",
                        width=image.width,
                        height=image.height,
                        most=MOST_PIXELS,
                    )
                )
            return _encoded(image, image.format or "")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise NotAPicture(
            _("This is not a picture that can be read. Send a PNG, JPEG or WebP picture.")
        ) from error


def _encoded(image: Image.Image, source: str) -> Encoded:
    image.load()
    image = ImageOps.exif_transpose(image)
    if source != "JPEG":
        image = image if image.mode in _PNG_MODES else image.convert("RGBA" if "A" in image.mode else "RGB")
        content = _saved(image, "PNG", optimize=True)
        if len(content) <= MOST_BYTES:
            return Encoded(content, "image/png", *image.size)
        # A photograph sent as PNG or WebP; on white where it was transparent.
        ground = Image.new("RGB", image.size, "white")
        with_alpha = image.convert("RGBA")
        ground.paste(with_alpha, mask=with_alpha.getchannel("A"))
        image = ground
    image = image if image.mode in ("L", "RGB") else image.convert("RGB")
    return Encoded(_saved(image, "JPEG", quality=90), "image/jpeg", *image.size)


def _saved(image: Image.Image, form: str, **how: int | bool) -> bytes:
    # A copy without `info`: no profile, no text, no place where the picture was taken.
    bare = image.copy()
    transparency = bare.info.get("transparency") if form == "PNG" else None
    bare.info = {} if transparency is None else {"transparency": transparency}
    out = io.BytesIO()
    bare.save(out, form, **how)
    return out.getvalue()
