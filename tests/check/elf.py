# SPDX-License-Identifier: GPL-2.0
"""As much of a 64-bit little-endian ELF file as it takes to check a stack: symbols and the build id."""

import struct


class Elf:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        if self.data[:6] != b"\x7fELF\x02\x01":
            raise ValueError("%s: not a 64-bit little-endian ELF file" % path)
        self.fixed_address = struct.unpack_from("<H", self.data, 16)[0] == 2  # ET_EXEC
        offset = struct.unpack_from("<Q", self.data, 40)[0]
        size, count, _ = struct.unpack_from("<HHH", self.data, 58)
        self.sections = [struct.unpack_from("<IIQQQQIIQQ", self.data, offset + i * size)
                         for i in range(count)]
        self.build_id = self._build_id()
        self.functions = self._functions()

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
