"""Receives uploads so that one too large never loses what was typed beside it."""

from typing import Any

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from ensemblier.base.files.limits import MAX_BYTES, MAX_REQUEST_BYTES


class LimitedFile(TemporaryUploadedFile):
    """A file on its way in. When `too_big`, its bytes were thrown away and only counted."""

    too_big = False


class LimitedUploadHandler(FileUploadHandler):
    """Keeps at most 20 MB of each file, on disk, and lets the rest of the form through."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.received = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file = LimitedFile(
            self.file_name, self.content_type, 0, self.charset, self.content_type_extra
        )

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > MAX_REQUEST_BYTES:
            raise StopUpload(connection_reset=True)
        if start + len(raw_data) > MAX_BYTES:
            if not self.file.too_big:
                self.file.too_big = True
                self.file.truncate(0)
        else:
            self.file.write(raw_data)

    def file_complete(self, file_size: int) -> LimitedFile:
        self.file.seek(0)
        self.file.size = file_size
        return self.file

    def upload_interrupted(self) -> None:
        if getattr(self, "file", None) is not None:
            self.file.close()
