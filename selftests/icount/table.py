#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Compares what check.sh measured: instructions per operation of three kernels.

usage: table.py LEVELS BASE PART1 WHOLE

Exit status 1 when part 1 adds instructions to an operation beyond the noise, or
part 2 beyond the noise and what ./explained gives it.
The noise is what a timer tick or a refilled list of free pages at another
moment does: the smaller of the differences of minimum and median counts, and
may be 0.002 %.
"""
import os
import sys

NOISE = 0.002	# percent


def read(name):
    figures = {}
    with open(name, encoding='utf-8') as f:
        for line in f:
            op, _, least, median = line.rstrip('\n').split('\t')
            figures[op] = int(least), int(median)
    return figures


def explained(levels):
    """What part 2 may add to which operation."""
    allowed = {}
    name = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'explained')
    with open(name, encoding='utf-8') as f:
        for line in f:
            fields = line.rstrip('\n').split('\t')
            if len(fields) == 4 and fields[0] in ('-', levels):
                allowed[fields[2]] = int(fields[1]), fields[3]
    return allowed


def change(old, new):
    """The difference of the minimum or of the median, whichever is nearer to 0."""
    return min((n - o for o, n in zip(old, new)), key=abs)


def main():
    levels = sys.argv[1]
    base, part1, whole = (read(f) for f in sys.argv[2:5])
    allowed = explained(levels)
    bad = 0
    print(f'{levels} levels, instructions per operation: minimum, median; then the change by part 1, and by part 2')
    print(f'{"operation":24}{"base":>21}{"part 1":>21}{"whole":>21}{"part 1":>9}{"%":>10}{"part 2":>8}')
    for op, old in base.items():
        new, end = part1[op], whole[op]
        by_one, by_two = change(old, new), change(new, end)
        percent = 100 * by_one / old[0]
        most, reason = allowed.get(op, (0, ''))
        remarks = []
        if percent > NOISE:
            remarks.append('part 1 adds TOO MUCH')
        if 100 * (by_two - most) / new[0] > NOISE:
            remarks.append(f'part 2 adds TOO MUCH, {most} explained')
        bad += len(remarks)
        print(f'{op:24}' + ''.join(f'{v[0]:>11}{v[1]:>10}' for v in (old, new, end)) +
              f'{by_one:>+9}{percent:>+10.4f}{by_two:>+8}  {"; ".join(remarks) or reason}')
    print('Per table that an operation made and freed, by subtraction (minimum):')
    page = 'page'
    for level in 'PTE', 'PMD', 'PUD', 'P4D':
        op = f'{page}+{level}'
        if op in base:
            one, two, three = (f[op][0] - f[page][0] for f in (base, part1, whole))
            print(f'  {level}: {one} at the base, {two - one:+d} by part 1, {three - two:+d} by part 2')
        page = op
    if bad:
        print(f'{bad} times more instructions than may be')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
