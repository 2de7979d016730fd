"""`pytest -p tests.mutants.fresh`: a run in which one module is imported mutated.

`MUTATED` names the module, `MUTATED_SOURCE` the file its text is taken from.
"""

import importlib.abc
import importlib.machinery
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType

from typing_extensions import override

MUTATED, MUTATED_SOURCE = "MUTATED", "MUTATED_SOURCE"


class _Loader(importlib.machinery.SourceFileLoader):
    @override
    def get_code(self, fullname: str) -> CodeType:
        source = Path(os.environ[MUTATED_SOURCE]).read_text(encoding="utf-8")
        return compile(source, self.path, "exec")


class _Finder(importlib.abc.MetaPathFinder):
    @override
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != os.environ.get(MUTATED):
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(fullname, spec.origin)
        return spec


sys.meta_path.insert(0, _Finder())
