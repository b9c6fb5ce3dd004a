"""Copies the content with only the two dozen of the CLD rules, so that `haven check --content` does the work that the
peers do; or with only the rules about one row (`record`). Everything else stays as it is.

usage: haven24.py CONTENT FOLDER [record]
"""
import pathlib
import re
import shutil
import sys

from rules24 import RULES


def main(content, folder, scope=""):
    def stays(block):
        return f'\nscope = "{scope}"' in block if scope else code(block) in RULES

    shutil.copytree(content, folder, dirs_exist_ok=True)
    for path in pathlib.Path(folder, "rules", "cld").glob("*.toml"):
        first, *blocks = re.split(r"(?m)^(?=\[\[)", path.read_text(encoding="utf-8"))
        kept = [block for block in blocks if not block.startswith("[[rule]]") or stays(block)]
        path.write_text(first + "".join(kept), encoding="utf-8")


def code(block):
    return re.search(r'(?m)^code = "CLD-(\w+)"', block)[1]


if __name__ == "__main__":
    main(*sys.argv[1:])
