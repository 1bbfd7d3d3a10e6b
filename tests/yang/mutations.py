"""Values at and beyond every limit that the models set: the table that our check and yanglint are both asked about.

Each kind has the members of one small configuration, whether a release that has all of its nodes takes it, and the
releases that have them. On the others both must refuse it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sroscert.values import EMPTY, PRESENT, Value
from tests.yang.documents import Members

PKI = "/configure/system/security/pki"
TLS = "/configure/system/security/tls"
GRPC = "/configure/system/grpc"
LOG = "/configure/log"
SCRIPTS = "/configure/system/script-control"
CA = f"{PKI}/ca-profile[ca-profile-name=ca]"
CIPHERS = f"{TLS}/server-cipher-list[server-cipher-list-name=c]"
SERVER = f"{TLS}/server-tls-profile[server-profile-name=s]"
CERT = f"{TLS}/cert-profile[cert-profile-name=p]"
ANCHORS = f"{TLS}/trust-anchor-profile[trust-anchor-profile-name=t]"
NAMES = f"{PKI}/common-name-list[cn-list-name=n]/common-name"
TRANSMISSION = "/configure/system/transmission-profile[name=t]"
CRL = f"{CA}/auto-crl-update"
UPDATE = f"{PKI}/certificate-update-profile[name=u]"
EST = f"{PKI}/est-profile[name=e]"
POLICY = f"{SCRIPTS}/script-policy[policy-name=r][owner=me]"
FILTER = f"{LOG}/filter[filter-name=100]"
TRIGGER = f"{LOG}/event-trigger/security[event=tmnxPkiCertBeforeExpWarning]"
KEY = f"{CA}/cmpv2/key-list/key"


@dataclass(frozen=True)
class Kind:
    """One kind of value; ``taken`` by the releases from ``since`` to ``until``, both included."""

    name: str
    members: Members
    taken: bool
    since: str = "19.5"
    until: str = "99.12"


def _many(path: str, count: int) -> Members:
    return {path.format(number): PRESENT for number in range(1, count + 1)}


def _anchors(count: int) -> Members:
    return {**_many(f"{PKI}/ca-profile[ca-profile-name=c{{}}]", count),
            **_many(f"{ANCHORS}/trust-anchor[ca-profile-name=c{{}}]", count)}


def _common(kind: str, value: str) -> Members:
    return {f"{NAMES}[cn-index=1]/cn-type": kind, f"{NAMES}[cn-index=1]/cn-value": value}


def _leaf(path: str, rows: list[tuple[str, Value, bool]], since: str = "19.5", until: str = "99.12") -> list[Kind]:
    """Return one kind for each value of a leaf."""
    return [Kind(name, {path: value}, taken, since, until) for name, value, taken in rows]


NUMBERS = [
    *_leaf(f"{PKI}/certificate-expiration-warning/hours", [
        ("range: the lowest value", "0", True), ("range: the highest value", "8760", True),
        ("range: one above the highest", "8761", False), ("range: one below the lowest", "-1", False),
        ("number: with a plus", "+5", True), ("number: with leading zeros", "007", True),
        ("number: hexadecimal", "0x10", False), ("number: with a fraction", "1.0", False),
        ("number: with an exponent", "1e3", False), ("number: a word", "two", False), ("number: empty", "", False),
        ("number: above the base type", "4294967296", False), ("number: fifty digits", "9" * 50, False),
        ("number: digits of another script", "\u0663", False), ("number: minus zero", "-0", True),
        ("number: with blanks around", " 5 ", True), ("number: with a blank inside", "1 0", False),
    ]),
    *_leaf(f"{CRL}/periodic-update-interval", [
        ("unsigned: the lowest value", "3600", True), ("unsigned: one below", "3599", False),
        ("unsigned: the highest value", "31622400", True), ("unsigned: one above", "31622401", False),
        ("unsigned: negative", "-3600", False),
    ]),
    *_leaf(f"{GRPC}/listening-port", [
        ("two ranges: before the first", "1023", False), ("two ranges: the first's begin", "1024", True),
        ("two ranges: the first's end", "49151", True), ("two ranges: in between", "49152", False),
        ("two ranges: the second, one value", "57400", True), ("two ranges: after the second", "57401", False),
    ], since="23.7"),
    Kind("list key: the lowest number", {f"{CERT}/entry[entry-id=1]": PRESENT}, True),
    Kind("list key: the highest number", {f"{CERT}/entry[entry-id=8]": PRESENT}, True),
    Kind("list key: a number too low", {f"{CERT}/entry[entry-id=0]": PRESENT}, False),
    Kind("list key: a number too high", {f"{CERT}/entry[entry-id=9]": PRESENT}, False),
    Kind("list key: no number", {f"{CERT}/entry[entry-id=one]": PRESENT}, False),
    Kind("missing key: an entry without its key", {f"{PKI}/ca-profile/cert-file": "x.pem"}, False),
    Kind("missing key: an entry with no key and nothing else", {f"{PKI}/ca-profile": PRESENT}, False),
    Kind("missing key: a number", {f"{CERT}/entry/certificate-file": "x"}, False),
    Kind("missing key: a value of an enumeration", {f"{LOG}/event-trigger/security/admin-state": "enable"}, False),
    Kind("missing key: one of two", {f"{SCRIPTS}/script-policy[policy-name=r]/results": "cf3:/out"}, False),
    Kind("list key: of another name", {f"{PKI}/ca-profile[name=ca]/cert-file": "x.pem"}, False),
    Kind("list key: one too many", {f"{PKI}/ca-profile[ca-profile-name=ca][owner=me]/cert-file": "x.pem"}, False),
    Kind("list key: on a container", {f"{CA}/cmpv2[name=x]/always-set-sender-for-ir": "true"}, False),
    Kind("list key: one number twice, in two spellings",
         {f"{CERT}/entry[entry-id=1]": PRESENT, f"{CERT}/entry[entry-id=01]": PRESENT}, False),
]
CHOSEN = [
    *_leaf(f"{CA}/revocation-check", [
        ("enumeration: a name", "crl-optional", True), ("enumeration: misspelt", "crl_optional", False),
        ("enumeration: wrong case", "CRL", False), ("enumeration: empty", "", False),
        ("enumeration: with a blank", "crl ", False), ("enumeration: its number", "0", False),
    ]),
    *_leaf(f"{CA}/cmpv2/always-set-sender-for-ir", [
        ("boolean: true", "true", True), ("boolean: false", "false", True), ("boolean: yes", "yes", False),
        ("boolean: 1", "1", False), ("boolean: TRUE", "TRUE", False), ("boolean: empty", "", False),
    ]),
    *_leaf(f"{TRIGGER}/admin-state", [("enumeration: of a typedef", "enable", True)]),
    Kind("list key: an enumeration value", {TRIGGER: PRESENT}, True),
    Kind("list key: no enumeration value", {f"{LOG}/event-trigger/security[event=tmnxNoSuchEvent]": PRESENT}, False),
    Kind("enumeration: an event of later releases",
         {f"{LOG}/event-trigger/security[event=tmnxPkiCertUpdUpdateFinished]": PRESENT}, True, "22.10"),
    Kind("cipher: in the old list", {f"{CIPHERS}/cipher[index=1]/name": "tls-rsa-with-aes128-cbc-sha"}, True,
         until="21.10"),
    Kind("cipher: of a later release in the old list",
         {f"{CIPHERS}/cipher[index=1]/name": "tls-rsa-with-aes128-gcm-sha256"}, True, "21.7", "21.10"),
    Kind("cipher: in the list for TLS 1.2", {f"{CIPHERS}/tls12-cipher[index=1]/name": "tls-rsa-with-aes128-cbc-sha"},
         True, "22.2"),
    Kind("cipher: ECDHE for TLS 1.2",
         {f"{CIPHERS}/tls12-cipher[index=1]/name": "tls-ecdhe-rsa-aes128-gcm-sha256"}, True, "24.3"),
    Kind("cipher: ECDSA for TLS 1.2",
         {f"{CIPHERS}/tls12-cipher[index=1]/name": "tls-ecdhe-ecdsa-aes128-gcm-sha256"}, True, "26.3"),
    Kind("cipher: of TLS 1.3 in the list for TLS 1.2",
         {f"{CIPHERS}/tls12-cipher[index=1]/name": "tls-aes128-gcm-sha256"}, False),
    Kind("cipher: of TLS 1.3", {f"{CIPHERS}/tls13-cipher[index=1]/name": "tls-aes128-gcm-sha256"}, True, "22.7"),
]
TEXTS = [
    *[Kind(name, {f"{PKI}/ca-profile[ca-profile-name={text}]": PRESENT}, taken) for name, text, taken in (
        ("length: 32 characters of one byte", "x" * 32, True), ("length: 33 characters", "x" * 33, False),
        ("length: 32 characters of two bytes", "\xe9" * 32, True),
        ("length: 33 characters of two bytes", "\xe9" * 33, False),
        ("length: 32 characters beyond the basic plane", "\U0001d54f" * 32, True), ("length: empty name", "", False),
        ("pattern: a name of blanks", "   ", False), ("pattern: a name with blanks at its ends", " x ", True),
        ("pattern: quotes, hash and backslash", "a\"b'c #\\d", True), ("pattern: markup", "<a>&amp;</a>", True),
        ("pattern: a line break", "a\nb", False), ("pattern: a tab alone", "\t", False),
    )],
    *_leaf(f"{CA}/description", [
        ("length: description of 80", "d" * 80, True), ("length: description of 81", "d" * 81, False),
        ("length: empty description", "", False),
    ]),
    *_leaf(f"{CA}/cert-file", [
        ("file name: 95 characters", "f" * 95, True), ("file name: 96 characters", "f" * 96, False),
        ("file name: with a folder", "a/b.pem", False), ("file name: with a drive", "cf3:b.pem", False),
        ("file name: with a backslash", "a\\b.pem", False), ("file name: with a blank", "a b.pem", True),
        ("file name: not ASCII", "\xe9.pem", True), ("file name: blank", " ", False),
    ]),
    *_leaf(f"{CA}/cmpv2/url/url-string", [
        ("URL: plain", "http://ca.example/cmp", True), ("URL: capitals", "HTTP://ca.example/cmp", True),
        ("URL: https", "https://ca.example/cmp", False), ("URL: without a scheme", "ca.example/cmp", True),
        ("URL: without a host", "http:///cmp", False), ("URL: IPv6", "http://[2001:db8::1]:8080/cmp", True),
        ("URL: the highest port", "http://ca:65535/", True), ("URL: a port too high", "http://ca:65536/", False),
        ("URL: a port that is none", "http://ca:http/", False), ("URL: 180 characters", "http://ca/" + "x" * 170, True),
        ("URL: 181 characters", "http://ca/" + "x" * 171, False), ("URL: with a blank", "http://ca/a b", True),
        ("URL: empty", "", False),
    ]),
    *_leaf(f"{CRL}/crl-urls/url-entry[entry-id=1]/url", [
        ("CRL address: plain", "http://ca.example/a.crl", True),
        ("CRL address: with a login", "http://me:word@ca.example/a.crl", True),
        ("CRL address: ftp", "ftp://ca.example/a.crl", False), ("CRL address: a file", "cf3:\\a.crl", False),
    ]),
    *[Kind(name, _common("domain-name", text), taken) for name, text, taken in (
        ("length: common name of 255", "n" * 255, True), ("length: common name of 256", "n" * 256, False),
        ("pattern: common name of blanks", "  ", False),
    )],
    Kind("length: reference number of 64", {f"{KEY}[reference-number={'r' * 64}]/password": "x"}, True),
    Kind("length: reference number of 65", {f"{KEY}[reference-number={'r' * 65}]/password": "x"}, False),
]
ADDRESSES = [
    *_leaf(f"{TRANSMISSION}/ipv4-source-address", [
        ("IPv4: plain", "172.20.20.5", True), ("IPv4: a part too high", "172.20.20.256", False),
        ("IPv4: three parts", "172.20.20", False), ("IPv4: leading zero", "172.20.020.5", False),
        ("IPv4: multicast", "224.0.0.1", True), ("IPv4: all zeros", "0.0.0.0", True), ("IPv4: a name", "ca", False),  # noqa: S104
        ("IPv4: an IPv6 address", "2001:db8::1", False),
    ]),
    *_leaf(f"{TRANSMISSION}/ipv6-source-address", [
        ("IPv6: plain", "2001:db8::1", True), ("IPv6: capitals", "2001:DB8::A", True),
        ("IPv6: no hexadecimal digit", "2001:db8::g", False), ("IPv6: two gaps", "2001::db8::1", False),
        ("IPv6: nine groups", "1:2:3:4:5:6:7:8:9", False), ("IPv6: with an IPv4 address", "::ffff:172.20.20.5", True),
        ("IPv6: full", "2001:0db8:0000:0000:0000:0000:0000:0001", True), ("IPv6: with a zone", "fe80::1%eth0", False),
    ]),
]
UNIONS = [
    *_leaf(f"{POLICY}/expire-time", [
        ("union: a number", "3600", True), ("union: a name", "forever", True), ("union: neither", "never", False),
        ("union: empty", "", False), ("union: a number too high", "21474837", False),
        ("union: the highest number", "21474836", True), ("union: negative", "-1", False),
    ]),
    *_leaf(f"{TRANSMISSION}/router-instance", [
        ("router instance: Base", "Base", True), ("router instance: management", "management", True),
        ("router instance: a service", "oam", True), ("router instance: 65 characters", "x" * 65, False),
    ]),
]
_G: Members = {SERVER: PRESENT, f"{GRPC}/tls-server-profile": "s"}
_U: Members = {f"{UPDATE}/cmpv2/ca-profile": "ca", CA: PRESENT}
SHAPES = [
    Kind("empty leaf: given", {f"{GRPC}/allow-unsecure-connection": EMPTY}, True),
    Kind("empty leaf: with a value", {f"{GRPC}/allow-unsecure-connection": "true"}, False),
    Kind("choice: one case", _G, True),
    Kind("choice: both cases", {**_G, f"{GRPC}/allow-unsecure-connection": EMPTY}, False),
    Kind("choice: both recipients", {f"{CA}/cmpv2/use-ca-subject": EMPTY, f"{CA}/cmpv2/recipient-subject": "CN=x"},
         False),
    Kind("choice: one recipient", {f"{CA}/cmpv2/use-ca-subject": EMPTY}, True, "22.10"),
    Kind("choice: a service and a transmission profile",
         {f"{CA}/cmpv2/url/service-name": "s", f"{CA}/cmpv2/url/transmission-profile": "t", TRANSMISSION: PRESENT},
         False),
    Kind("choice: one of two containers", _U, True, "22.10"),
    Kind("choice: both containers", {**_U, EST: PRESENT, f"{UPDATE}/est/est-profile": "e"}, False),
    Kind("choice: two kinds of key", {**_U, f"{UPDATE}/rsa/key-size": "2048", f"{UPDATE}/ecdsa/curve": "secp256r1"},
         False),
    Kind("choice: of the default case", {**_U, f"{UPDATE}/before-expiry": "3600"}, True, "22.10"),
    Kind("choice: both schedules", {**_U, f"{UPDATE}/before-expiry": "3600", f"{UPDATE}/after-issue": "864000"}, False),
    Kind("choice: two addresses of one server", {f"{EST}/server/ipv4": "10.0.0.1", f"{EST}/server/fqdn": "est"}, False),
    Kind("choice: one address of a server", {f"{EST}/server/fqdn": "est.example"}, True, "21.10"),
    Kind("choice: two ways to match", {f"{FILTER}/named-entry[entry-name=w]/match/message/eq": "x",
                                       f"{FILTER}/named-entry[entry-name=w]/match/message/neq": "y"}, False),
    Kind("mandatory: both given", _common("ip-address", "10.0.0.1"), True),
    Kind("mandatory: one missing", {f"{NAMES}[cn-index=1]/cn-type": "ip-address"}, False),
    Kind("mandatory: all missing", {f"{NAMES}[cn-index=1]": PRESENT}, False),
    Kind("mandatory: an entry without its cipher", {f"{CIPHERS}/tls12-cipher[index=1]": PRESENT}, False),
    Kind("too many: as many anchors as there may be", _anchors(8), True),
    Kind("too many: one anchor more", _anchors(9), False),
    Kind("too many: as many CA profiles as there may be", _many(f"{PKI}/ca-profile[ca-profile-name=c{{}}]", 128), True),
    Kind("too many: one cipher list more",
         _many(f"{TLS}/server-cipher-list[server-cipher-list-name=c{{}}]", 17), False),
    Kind("too many: as many certificate profiles as there may be",
         _many(f"{TLS}/cert-profile[cert-profile-name=p{{}}]", 16), True),
    Kind("leaf-list: as many as there may be",
         {"/configure/system/management-interface/cli/cli-engine": ("md-cli", "classic-cli")}, True),
    Kind("leaf-list: one value twice",
         {"/configure/system/management-interface/cli/cli-engine": ("md-cli", "md-cli")}, False),
    Kind("leaf-list: one of the values is none",
         {"/configure/system/management-interface/cli/cli-engine": ("md-cli", "cli")}, False),
    Kind("unknown leaf", {f"{CA}/certfile": "x"}, False),
    Kind("unknown container", {f"{CA}/cmpv3/url": "x"}, False),
    Kind("leaf of a later release", {f"{CA}/cmpv2/signing-cert-subject": "CN=x"}, True, "23.3"),
    Kind("list of a later release", {EST: PRESENT}, True, "21.10"),
    Kind("obsolete list", {f"{CIPHERS}/cipher[index=1]/name": "tls-rsa-with-aes128-cbc-sha256"}, True, until="21.10"),
    Kind("presence container", {CRL: PRESENT}, True),
]
REFERENCES = [
    Kind("reference: to what is there", {CIPHERS: PRESENT, f"{SERVER}/cipher-list": "c"}, True),
    Kind("reference: dangling", {f"{GRPC}/tls-server-profile": "s"}, False),
    Kind("reference: wrong case", {CIPHERS: PRESENT, f"{SERVER}/cipher-list": "C"}, False),
    Kind("reference: to an entry of another list", {CERT: PRESENT, f"{SERVER}/cipher-list": "p"}, False),
    Kind("reference: in a key, dangling", {f"{ANCHORS}/trust-anchor[ca-profile-name=nobody]": PRESENT}, False),
    Kind("reference: in a key, to what is there",
         {CA: PRESENT, f"{ANCHORS}/trust-anchor[ca-profile-name=ca]": PRESENT}, True),
    Kind("reference: of a chain, dangling",
         {f"{CERT}/entry[entry-id=1]/send-chain/ca-profile[ca-profile-name=x]": PRESENT}, False),
    Kind("reference: outside of the PKI", {TRANSMISSION: PRESENT, f"{CA}/ocsp/transmission-profile": "t"}, True),
    Kind("reference: outside of the PKI, dangling", {f"{CA}/ocsp/transmission-profile": "t"}, False),
    Kind("reference: with two keys, the owner is another's", {
        POLICY: PRESENT, f"{LOG}/event-handling/handler[name=h]/entry[id=1]/script-policy/name": "r",
        f"{LOG}/event-handling/handler[name=h]/entry[id=1]/script-policy/owner": "you"}, False),
    Kind("reference: with two keys", {
        POLICY: PRESENT, f"{LOG}/event-handling/handler[name=h]/entry[id=1]/script-policy/name": "r",
        f"{LOG}/event-handling/handler[name=h]/entry[id=1]/script-policy/owner": "me"}, True),
    Kind("reference: too long for its target", {f"{GRPC}/tls-server-profile": "s" * 33}, False),
]
KINDS: tuple[Kind, ...] = (*NUMBERS, *CHOSEN, *TEXTS, *ADDRESSES, *UNIONS, *SHAPES, *REFERENCES)
