"""What a case of any suite is."""

from dataclasses import dataclass
from typing import Callable

from clinfer import Layout
from judge import Result, Tolerance
from operands import Operands, Storage


class Refused(Exception):
    """The library has no way to compute a case; says why."""


@dataclass(frozen=True)
class Case:
    """A call, or a few, with given operands."""
    name: str  # unique; it names all that distinguishes the case
    group: str  # those that share negative controls
    tolerance: Tolerance
    run: Callable[[Operands], list[Result]]
    storage: Storage
    padded: bool = False
    layout: Layout = Layout.CLINFER_IN_OUT
    packed: bool = False

    def operands(self, library) -> Operands:
        return Operands(library, self.storage, self.padded, self.layout,
                        self.packed)
