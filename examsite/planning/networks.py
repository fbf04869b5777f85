"""Addresses of machines as people write them: one network or address a line."""

from __future__ import annotations

import ipaddress


class BadNetwork(ValueError):
    """One line is no network; `line` is what stood there."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line


def networks_of(text: str) -> list[str]:
    """The networks of a text, apart by lines, commas or spaces, each once, as CIDR.  Raises BadNetwork.

    10.1.2.3 becomes 10.1.2.3/32; bits behind the mask are cut, so 10.1.2.3/24 means 10.1.2.0/24.
    """
    found: list[str] = []
    for part in text.replace(",", " ").replace("，", " ").replace("；", " ").replace(";", " ").split():
        try:
            network = str(ipaddress.ip_network(part, strict=False))
        except ValueError as error:
            raise BadNetwork(part) from error
        if network not in found:
            found.append(network)
    return found


def is_inside(address: str, networks: list[str]) -> bool:
    """Whether an address lies in one of the networks; an address that can't be read lies in none."""
    try:
        given = ipaddress.ip_address(address.strip())
    except ValueError:
        return False
    if isinstance(given, ipaddress.IPv6Address) and given.ipv4_mapped is not None:
        given = given.ipv4_mapped
    return any(given in ipaddress.ip_network(network) for network in networks)
