"""Conversion at the door: data files, tables and the command line use engineering units, the inside is SI."""

# SI value of one of each unit that a data file or a column name may use.
SI_PER_UNIT: dict[str, float] = {
    "1": 1.0,
    "count": 1.0,
    "bit": 1.0,
    "cycle": 1.0,
    "%": 1e-2,
    "m": 1.0,
    "mm": 1e-3,
    "um": 1e-6,
    "nm": 1e-9,
    "m2": 1.0,
    "mm2": 1e-6,
    "um2": 1e-12,
    "F2": 1.0,  # squares of the feature size: a pure number
    "F": 1.0,
    "kg": 1.0,
    "ug": 1e-9,
    "g/mm2": 1e3,
    "g/kWh": 1e-3 / 3.6e6,
    "s": 1.0,
    "ms": 1e-3,
    "us": 1e-6,
    "ns": 1e-9,
    "ps": 1e-12,
    "Hz": 1.0,
    "MHz": 1e6,
    "GHz": 1e9,
    "J": 1.0,
    "mJ": 1e-3,
    "uJ": 1e-6,
    "nJ": 1e-9,
    "pJ": 1e-12,
    "fJ": 1e-15,
    "W": 1.0,
    "W*ohm": 1.0,
    "mW": 1e-3,
    "uW": 1e-6,
    "nW": 1e-9,
    "V": 1.0,
    "mV": 1e-3,
    "A": 1.0,
    "mA": 1e-3,
    "uA": 1e-6,
    "A/m": 1.0,
    "ohm": 1.0,
    "kohm": 1e3,
    "farad": 1.0,
    "fF": 1e-15,
    "pF": 1e-12,
    "F/m": 1.0,
    "fF/um": 1e-9,
    "F/m2": 1.0,
    "fF/um2": 1e-3,
    "pF/mm": 1e-9,
    "ohm/m": 1.0,
    "ohm/um": 1e6,
    "ohm/mm": 1e3,
    "ohm*m": 1.0,
    "K": 1.0,
    "K/W": 1.0,
    "W/(m*K)": 1.0,
    "bit/s": 1.0,
    "Gb/s": 1e9,
    "GB/s": 8e9,
    "byte": 8.0,
    "J/bit": 1.0,
    "pJ/bit": 1e-12,
    "fJ/bit": 1e-15,
    "pJ/bit/mm": 1e-9,
    "fJ/bit/mm": 1e-12,
    "ns/mm": 1e-6,
    "Gb/s/mm": 1e12,
    "USD": 1.0,
    "MUSD": 1e6,
    "USD/mm2": 1e6,
    "1/cm2": 1e4,
    "1/mm2": 1e6,
    "M/mm2": 1e12,
    "uW/bit": 1e-6,
    "images/s": 1.0,
    "mJ/image": 1e-3,
    "TOPS": 1e12,
    "TOPS/W": 1e12,
    "TOPS/mm2": 1e18,
    "dB": 1.0,
}

# Units of one dimension, where there are several.
_ALIKE = (
    ("1", "%", "count", "bit", "byte", "cycle"),
    ("m", "mm", "um", "nm"),
    ("m2", "mm2", "um2"),
    ("kg", "ug"),
    ("s", "ms", "us", "ns", "ps"),
    ("Hz", "MHz", "GHz"),
    ("J", "mJ", "uJ", "nJ", "pJ", "fJ"),
    ("W", "mW", "uW", "nW"),
    ("V", "mV"),
    ("A", "mA", "uA"),
    ("ohm", "kohm"),
    ("farad", "fF", "pF"),
    ("F/m", "fF/um", "pF/mm"),
    ("F/m2", "fF/um2"),
    ("ohm/m", "ohm/um", "ohm/mm"),
    ("bit/s", "Gb/s", "GB/s"),
    ("J/bit", "pJ/bit", "fJ/bit"),
    ("pJ/bit/mm", "fJ/bit/mm"),
    ("USD", "MUSD"),
    ("1/cm2", "1/mm2"),
)

MM2_PER_M2 = 1e6
UM2_PER_M2 = 1e12
MM_PER_M = 1e3
UM_PER_M = 1e6
US_PER_S = 1e6
MS_PER_S = 1e3
NS_PER_S = 1e9
FJ_PER_J = 1e15
MJ_PER_J = 1e3
UJ_PER_J = 1e6
NJ_PER_J = 1e9
FF_PER_F = 1e15
PJ_PER_J = 1e12
UW_PER_W = 1e6
M_PER_NM = 1e-9
HZ_PER_GBPS = 1e9
HZ_PER_GHZ = 1e9
BITS_PER_KIB = 8192.0
UG_PER_KG = 1e9
KG_PER_G = 1e-3
J_PER_KWH = 3.6e6
S_PER_DAY = 86400.0
DAYS_PER_YEAR = 365.25
PERCENT = 100.0
K_AT_ZERO_CELSIUS = 273.15
ROUNDING = 1e-9  # a whole number that was computed must not lose or gain one to rounding


def units_like(unit: str) -> tuple[str, ...]:
    """All units of the same dimension."""
    return next((units for units in _ALIKE if unit in units), (unit,))
