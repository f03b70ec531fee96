# SPDX-License-Identifier: GPL-2.0
"""As much of a 64-bit little-endian ELF file as it takes to check a stack: symbols and the build id."""

import bisect
import struct


class Elf:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        if self.data[:6] != b"\x7fELF\x02\x01":
            raise ValueError("%s: not a 64-bit little-endian ELF file" % path)
        self.fixed_address = struct.unpack_from("<H", self.data, 16)[0] == 2  # ET_EXEC
        self.segments = self._segments()
        offset = struct.unpack_from("<Q", self.data, 40)[0]
        size, count, _ = struct.unpack_from("<HHH", self.data, 58)
        self.sections = [struct.unpack_from("<IIQQQQIIQQ", self.data, offset + i * size)
                         for i in range(count)]
        self.build_id = self._build_id()
        self.functions = self._functions()
        self.sorted = sorted((value, size, name) for name, (value, size) in self.functions.items())

    def _segments(self):
        """[(offset in the file, address, size in the file)]"""
        offset = struct.unpack_from("<Q", self.data, 32)[0]
        size, count = struct.unpack_from("<HH", self.data, 54)
        headers = [struct.unpack_from("<IIQQQQQQ", self.data, offset + i * size) for i in range(count)]
        return [(header[2], header[3], header[5]) for header in headers if header[0] == 1]  # PT_LOAD

    def _build_id(self):
        for section in self.sections:
            if section[1] != 7:  # SHT_NOTE
                continue
            at, end = section[4], section[4] + section[5]
            while at + 12 <= end:
                name_size, size, kind = struct.unpack_from("<III", self.data, at)
                content = at + 12 + (name_size + 3 & ~3)
                if kind == 3 and self.data[at + 12:at + 16] == b"GNU\0":
                    return self.data[content:content + size].hex()
                at = content + (size + 3 & ~3)
        return None

    def _functions(self):
        """{name: (address, size)}"""
        functions = {}
        for section in self.sections:
            if section[1] != 2:  # SHT_SYMTAB
                continue
            names = self.sections[section[6]][4]
            for at in range(section[4], section[4] + section[5], 24):
                name, info, _, _, value, size = struct.unpack_from("<IBBHQQ", self.data, at)
                if info & 15 == 2:  # STT_FUNC
                    begin = names + name
                    text = self.data[begin:self.data.index(b"\0", begin)].decode()
                    functions[text] = (value, size)
        return functions

    def address_of(self, file_offset):
        """The address, as linked, of a place in the file; None when it is not loaded."""
        for offset, address, size in self.segments:
            if offset <= file_offset < offset + size:
                return address + file_offset - offset
        return None

    def function_at(self, address):
        """(name, begin) of the function that an address lies in, or None."""
        at = bisect.bisect_right(self.sorted, (address, float("inf")))
        for begin, size, name in reversed(self.sorted[max(0, at - 8):at]):
            if begin <= address < begin + size:
                return name, begin
        return None
