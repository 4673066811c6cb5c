"""Constants as data, each with unit, source, locator and status, and the physics of gates and wires they define."""
