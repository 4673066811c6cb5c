"""Energy laws: what a component spends on a bit-vector, as a form in the rows and columns that crossbars use."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray


@dataclass(frozen=True)
class Loading:
    """What the crossbars that take one bit-vector use, summed over them; arrays (U,) or (U, L).

    Of one crossbar: ``crossbars`` is 1, ``active_columns`` active rows x columns, ``read_columns`` the columns times
    the reads of a parallel bit-vector. ``active_rows`` are
    those whose input is 1; of a pulse of several bits those whose pulse is not 0.
    """

    crossbars: AnyArray
    rows: AnyArray
    active_rows: AnyArray
    columns: AnyArray
    active_columns: AnyArray
    read_columns: AnyArray


@dataclass(frozen=True)
class EnergyLaw:
    """Energy of a bit-vector by what uses it; arrays (U,) [J].

    Bilinear in the used rows and columns: E = crossbars x ``per_crossbar_j`` + rows x ``per_row_j``
    + active rows x ``per_active_row_j`` + columns x ``per_column_j`` + read columns x ``per_read_column_j``
    + active columns x ``per_active_column_j``.
    """

    per_crossbar_j: FloatArray | float = 0.0
    per_row_j: FloatArray | float = 0.0
    per_active_row_j: FloatArray | float = 0.0
    per_column_j: FloatArray | float = 0.0
    per_read_column_j: FloatArray | float = 0.0
    per_active_column_j: FloatArray | float = 0.0

    def energy(self, loading: Loading) -> AnyArray:
        """Energy of one bit-vector [J], shaped like the loading."""
        terms = (
            (self.per_crossbar_j, loading.crossbars),
            (self.per_row_j, loading.rows),
            (self.per_active_row_j, loading.active_rows),
            (self.per_column_j, loading.columns),
            (self.per_read_column_j, loading.read_columns),
            (self.per_active_column_j, loading.active_columns),
        )
        total = np.zeros(np.shape(loading.crossbars))
        for coefficient, amount in terms:
            if np.any(coefficient):
                total = total + along_designs(coefficient, amount) * amount
        return total

    def times(self, factor: FloatArray) -> "EnergyLaw":
        """The law with every coefficient x a factor, (U,)."""
        return EnergyLaw(**{name: value * factor for name, value in vars(self).items()})

    def where(self, condition: AnyArray, other: "EnergyLaw") -> "EnergyLaw":
        """Coefficients of one law on the rows of ``condition``, of ``other`` elsewhere."""
        return EnergyLaw(
            **{name: np.where(condition, value, getattr(other, name)) for name, value in vars(self).items()}
        )


def along_designs(values: AnyArray | float, like: AnyArray) -> AnyArray:
    """(U, ...) values laid along the first axes of an array that has more."""
    array = np.asarray(values)
    return array if array.ndim == 0 else array.reshape(array.shape + (1,) * (np.ndim(like) - array.ndim))
