#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Compares the machine code of two builds of a kernel, function by function.

usage: cost.py ARCH OBJDUMP BEFORE AFTER EXPLAINED DIFF

BEFORE and AFTER are build directories (make O=) that lie in BEFORE's and
AFTER's state directory beside "source".  Every object in BEFORE that was made
of one source file is compared.  What only says where something lies is
neutral: addresses, offsets into sections, the numbers in names of local
symbols, padding, and __LINE__ (a constant that differs must be the number of a
line that reads the same before and after).

EXPLAINED lists what may differ: "ARCH FUNCTION BYTES REASON", one per line, BYTES
being the most by which it may grow.  DIFF gets the disassembly of what differs.
Exit status: 0, 1 if a function differs that is not explained, 2 for no comparison.
"""
import collections
import difflib
import os
import re
import subprocess
import sys

# strict is what must be equal; text has no offsets within the function, for the diff.
Line = collections.namedtuple('Line', 'strict text')

NOP = re.compile(r'(data16 |cs |ds )*(nop|xchg +%ax,%ax)|nop|nopr|jgnop|jnop|bcr? +0,|brcl? +0,|ori +r0,r0,0$')
HEADER = re.compile(r'^([0-9a-f]+) <(.+)>:$')
INSN = re.compile(r'^\s*([0-9a-f]+):\t(.*)$')
RELOC = re.compile(r'^\s*[0-9a-f]+: (R_\S+)\s+(.*)$')
TARGET = re.compile(r'\b(?:0x)?[0-9a-f]+ <([^>+]+)(\+0x[0-9a-f]+)?>')
# By how much a reloc's printed addend misses the target of a branch.
BEHIND = {'R_X86_64_PC32': 4, 'R_X86_64_PLT32': 4, 'R_390_PC32DBL': -2, 'R_390_PLT32DBL': -2, 'R_390_PC16DBL': -2}
CONSTANT = re.compile(r'(?<![\w.])\$?-?(?:0x[0-9a-f]+|\d+)\b')


def name_of(symbol):
    """A local symbol without the numbers that the compiler counts up."""
    symbol = re.sub(r'\.(isra|constprop|part|cold|llvm)\.\d+', r'.\1', symbol)
    symbol = re.sub(r'(__UNIQUE_ID_\D*)\d+', r'\1', symbol)
    return re.sub(r'\.\d+$', '', symbol)


class Object:
    """Functions of one object file: self.code[name] is a list of (size, [Line])."""

    def __init__(self, path, objdump):
        self.path, self.objdump = path, objdump
        self.symbols = collections.defaultdict(list)
        self.code = collections.defaultdict(list)
        self.read_symbols()
        self.toc = self.read_toc()
        self.disassemble()

    def run(self, *options, check=True):
        return subprocess.run([self.objdump, *options, self.path], capture_output=True, text=True, check=check).stdout

    def read_symbols(self):
        for line in self.run('-t').splitlines():
            m = re.match(r'^([0-9a-f]+) (.{7}) (\S+)\t([0-9a-f]+) (?:\.hidden |0x[0-9a-f]+ )?(\S+)$', line)
            if m and m[2][6] in 'FO' and int(m[4], 16):
                self.symbols[m[3]].append((int(m[1], 16), int(m[4], 16), m[5]))
        for of_section in self.symbols.values():
            of_section.sort()

    def read_toc(self):
        """PowerPC: what each slot of the table of contents holds."""
        # objdump fails where there is none.
        out = self.run('-r', '-j', '.toc', check=False) if 'ppc' in self.objdump or 'powerpc' in self.objdump else ''
        return {int(m[1], 16): m[2] for m in re.finditer(r'^([0-9a-f]+) R_PPC64_ADDR64\s+(\S+)$', out, re.M)}

    def symbol_at(self, section, offset):
        for start, size, name in self.symbols.get(section, ()):
            if start <= offset < start + size:
                return name
        return None

    def reloc(self, kind, what):
        m = re.match(r'^(\.[^+-]*)(?:([+-])0x([0-9a-f]+))?$', what)
        if not m:
            base = re.match(r'^(.*?)([+-]0x[0-9a-f]+)?$', what)
            return f'{kind} {name_of(base[1])}{base[2] or ""}'
        section, offset = m[1], int((m[2] or '+') + (m[3] or '0'), 16)
        if section == '.toc' and offset in self.toc:
            inner = self.toc[offset]
            return f'{kind} toc {self.reloc("", inner)}'
        name = self.symbol_at(section, offset + BEHIND.get(kind, 0))
        return f'{kind} {name_of(name) if name else section}'

    def disassemble(self):
        lines = None
        start = end = 0
        key = section = ''

        def finish():
            while lines and lines[-1].text.startswith('nop'):
                lines.pop()
            if lines:
                sizes = [size for at, size, _ in self.symbols.get(section, ()) if at == start]
                kept = [l for l in lines if not l.text.startswith('nop')]
                self.code[key].append((sizes[0] if sizes else end - start, kept))

        for raw in self.run('-dr', '-z', '--no-show-raw-insn').splitlines():
            if raw.startswith('Disassembly of section '):
                finish()
                lines = None
                section = raw[len('Disassembly of section '):-1]
                continue
            m = HEADER.match(raw)
            if m:
                finish()
                start = end = int(m[1], 16)
                key = name_of(m[2])
                lines = [] if not m[2].startswith('.') else None
                function = m[2]
                continue
            if lines is None:
                continue
            m = RELOC.match(raw)
            if m:
                text = self.reloc(m[1], m[2])
                if lines:
                    # The instruction's own idea of the target is a placeholder.
                    lines.append(Line(*(re.sub('<[^>]*>$', '?', t) for t in lines.pop())))
                lines.append(Line(text, '    ' + text))
                continue
            m = INSN.match(raw)
            if not m:
                continue
            end = int(m[1], 16)
            # The disassembler's remarks: "# address", "// b.none".
            text = re.sub(r'\s+', ' ', re.sub(r'\s(# |//).*', '', m[2])).strip()
            if NOP.match(text):
                lines.append(Line('', 'nop'))
                continue

            def target(t, keep):
                if t[1] == function:
                    return f'<{name_of(t[1])}{t[2] or ""}>' if keep else '<here>'
                return f'<{name_of(t[1])}>'
            strict = TARGET.sub(lambda t: target(t, True), text)
            loose = TARGET.sub(lambda t: target(t, False), text)
            lines.append(Line(strict, loose))
        finish()


class Sources:
    """Lines of the source files of one state, for __LINE__."""

    def __init__(self, build):
        self.root = os.path.join(os.path.dirname(build), 'source')
        self.build = build
        self.files = {}

    def line(self, file, number):
        if file not in self.files:
            try:
                with open(os.path.join(self.root, file), encoding='utf-8', errors='replace') as f:
                    self.files[file] = f.read().splitlines()
            except OSError:
                self.files[file] = []
        lines = self.files[file]
        return lines[number - 1].strip() if 0 < number <= len(lines) else None

    def of(self, obj):
        """What OBJ was made of, relative to the source."""
        d, b = os.path.split(obj)
        try:
            with open(os.path.join(self.build, d, f'.{b}.cmd'), encoding='utf-8') as f:
                text = f.read()
        except OSError:
            return None
        if not re.search(r'^source_\S+ := ', text, re.M):
            return None
        return [p[len(self.root) + 1:] for p in re.findall(r'\S+', text) if p.startswith(self.root + '/')]


def same_but_lines(before, after, files, sources):
    """Do two functions differ only by the numbers of lines that moved?"""
    if len(before) != len(after):
        return False
    for a, b in zip(before, after):
        if a.strict == b.strict:
            continue
        if CONSTANT.sub('$', a.strict) != CONSTANT.sub('$', b.strict):
            return False
        for x, y in zip(CONSTANT.findall(a.strict), CONSTANT.findall(b.strict)):
            if x == y:
                continue
            x, y = (abs(int(v.lstrip('$'), 0)) for v in (x, y))
            texts = ((sources[0].line(f, x), sources[1].line(f, y)) for f in files)
            if not any(s and s == t and '(' in s for s, t in texts):
                return False
    return True


def objects(build):
    for d, subdirs, names in os.walk(build):
        subdirs[:] = sorted(s for s in subdirs if s not in ('scripts', 'tools', 'source', 'root', 'selftests'))
        yield from (os.path.relpath(os.path.join(d, n), build) for n in sorted(names) if n.endswith('.o'))


def main():
    if len(sys.argv) != 7:
        sys.exit(__doc__)
    arch, objdump, before, after, explained_file, diff_file = sys.argv[1:]
    sources = Sources(before), Sources(after)
    explained = {}
    with open(explained_file, encoding='utf-8') as f:
        for line in f:
            fields = line.split(None, 3)
            if len(fields) == 4 and fields[0] == arch:
                explained[fields[1]] = int(fields[2]), fields[3].strip()

    count = collections.Counter()
    rows = []
    with open(diff_file, 'w', encoding='utf-8') as diff:
        for obj in objects(before):
            files = sources[0].of(obj)
            if files is None:
                continue
            count['objects'] += 1
            if not os.path.exists(os.path.join(after, obj)):
                print(f'{arch}: {obj}: not in {after}')
                count['missing'] += 1
                continue
            a = Object(os.path.join(before, obj), objdump).code
            with open(os.path.join(before, obj), 'rb') as x, open(os.path.join(after, obj), 'rb') as y:
                b = a if x.read() == y.read() else Object(os.path.join(after, obj), objdump).code
            for name in sorted({*a, *b}):
                nothing = (0, [])
                # Of one name there may be several: local ones that differ by a number.
                pairs = max(len(a[name]), len(b[name]))
                xs = a[name] + [nothing] * (pairs - len(a[name]))
                ys = b[name] + [nothing] * (pairs - len(b[name]))
                for (old_size, old), (new_size, new) in zip(xs, ys):
                    count['functions'] += 1
                    if [l.strict for l in old] == [l.strict for l in new]:
                        count['identical'] += 1
                        continue
                    if same_but_lines(old, new, files, sources):
                        count['lines'] += 1
                        continue
                    rows.append((obj, name, old_size, new_size, instructions(old), instructions(new)))
                    diff.write(f'=== {obj} {name}: {old_size} -> {new_size} bytes\n')
                    diff.writelines(l + '\n' for l in difflib.unified_diff(
                        [l.text for l in old], [l.text for l in new], 'before', 'after', lineterm='', n=2))

    return report(arch, count, rows, explained)


def instructions(lines):
    return sum(not l.text.startswith('    ') for l in lines)


def report(arch, count, rows, explained):
    if not count['objects'] or count['missing']:
        print(f'{arch}: {count["objects"]} objects, {count["missing"]} of them missing after: no comparison')
        return 2
    print(f'{arch}: {count["objects"]} objects, {count["functions"]} functions: {count["identical"]} identical, '
          f'{count["lines"]} but for line numbers, {len(rows)} differ')
    bad = 0
    for obj, name, old, new, i, j in sorted(rows, key=lambda r: (r[2] - r[3], r)):
        limit, reason = explained.get(name, (0, ''))
        verdict = reason if new - old <= limit else f'NOT EXPLAINED beyond {limit} bytes: {reason}'
        if not new:
            verdict = 'gone'
        elif not reason:
            verdict = 'NOT EXPLAINED'
        bad += verdict.startswith('NOT')
        print(f'  {obj:36} {name:36} {old:5} -> {new:5} bytes ({new - old:+d}), {i} -> {j} instructions ({j - i:+d}): {verdict}')
    named = {r[1] for r in rows}
    for name in explained:
        if name not in named:
            print(f'  {name}: explained, but does not differ: take it off the list')
    print(f'{arch}: all functions that differ: {sum(r[3] - r[2] for r in rows):+d} bytes, '
          f'{sum(r[5] - r[4] for r in rows):+d} instructions; {bad} not explained')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
