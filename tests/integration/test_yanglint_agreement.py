"""Our schema and yanglint agree, on the same configuration, whether a release takes it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from sroscert import schema
from sroscert.values import EMPTY, PRESENT, ConfigTree
from tests.yang.documents import Members, document, path_of
from tests.yang.yanglint import Yanglint

PKI = "/configure/system/security/pki"
TLS = "/configure/system/security/tls"
LOG = "/configure/log"
SCRIPTS = "/configure/system/script-control"
PROFILE = f"{PKI}/ca-profile[ca-profile-name=ejbca]"
CIPHERS = f"{TLS}/server-cipher-list[server-cipher-list-name=c]"
SERVER = f"{TLS}/server-tls-profile[server-profile-name=s]"
TRIGGER = f"{LOG}/event-trigger/security[event=tmnxPkiCertBeforeExpWarning]"
FILTER = f"{LOG}/filter[filter-name=100]"
HANDLER = f"{LOG}/event-handling/handler[name=renew]/entry[id=1]/script-policy"
POLICY = f"{SCRIPTS}/script-policy[policy-name=renew][owner=TiMOS CLI]"
COMMON_NAME = f"{PKI}/common-name-list[cn-list-name=n]/common-name[cn-index=1]"

BOTH = ("21.2", "25.10")

GOOD: Mapping[str, tuple[Members, tuple[str, ...]]] = {
    "a CA profile": ({
        f"{PROFILE}/cert-file": "ManagementCA.pem", f"{PROFILE}/admin-state": "enable",
        f"{PROFILE}/cmpv2/url/url-string": "http://172.20.20.6:8080/ejbca/publicweb/cmp/CMP-Server",
        f"{PROFILE}/cmpv2/key-list/key[reference-number=1]/password": "MGE5 hash2",
    }, BOTH),
    "a certificate profile, its server profile and gRPC": ({
        f"{TLS}/cert-profile[cert-profile-name=p]/entry[entry-id=1]/certificate-file": "sr-cert",
        CIPHERS: PRESENT, f"{SERVER}/cert-profile": "p", f"{SERVER}/cipher-list": "c",
        "/configure/system/grpc/tls-server-profile": "s",
    }, BOTH),
    "gRPC without TLS": ({"/configure/system/grpc/allow-unsecure-connection": EMPTY}, BOTH),
    "a static RSA cipher in the old list": (
        {f"{CIPHERS}/cipher[index=1]/name": "tls-rsa-with-aes128-cbc-sha256"}, ("21.2",)),
    "a cipher of TLS 1.2 in the new list": (
        {f"{CIPHERS}/tls12-cipher[index=1]/name": "tls-ecdhe-rsa-aes256-gcm-sha384"}, ("25.10",)),
    "a trigger with its handler, script policy and filter": ({
        f"{SCRIPTS}/script[script-name=renew][owner=TiMOS CLI]/location": "cf3:/renew.txt",
        f"{POLICY}/results": "cf3:/out",
        f"{HANDLER}/name": "renew", f"{HANDLER}/owner": "TiMOS CLI",
        f"{FILTER}/named-entry[entry-name=warn]/match/message/eq": "expires",
        f"{FILTER}/named-entry[entry-name=warn]/action": "forward",
        f"{TRIGGER}/entry[id=1]/handler": "renew", f"{TRIGGER}/entry[id=1]/filter": "100",
    }, BOTH),
    "a name of 32 characters of two bytes each": (
        {f"{PKI}/ca-profile[ca-profile-name={'é' * 32}]/admin-state": "disable"}, BOTH),
    "a script policy of the default owner": ({POLICY: PRESENT, f"{HANDLER}/name": "renew"}, ("25.10",)),
    "an IPv6 common name": ({f"{COMMON_NAME}/cn-type": "ip-address", f"{COMMON_NAME}/cn-value": "2001:db8::1"}, BOTH),
    "an IPv6 address of the CA": ({f"{PROFILE}/cmpv2/url/url-string": "[2001:db8::1]:8080/cmp"}, BOTH),
    "native renewal": ({
        f"{PKI}/certificate-update-profile[name=u]/cmpv2/ca-profile": "ejbca", PROFILE: PRESENT,
        f"{PKI}/certificate-auto-update[certificate-file-name=sr-cert]/key-file-name": "sr-key",
        f"{PKI}/certificate-auto-update[certificate-file-name=sr-cert]/profile": "u",
    }, ("25.10",)),
}

BAD: Mapping[str, tuple[Members, tuple[str, ...], str]] = {
    "an unknown leaf": ({f"{PROFILE}/certfile": "x"}, BOTH, "unknown-node"),
    "a leaf of a later release": ({f"{PROFILE}/cmpv2/use-ca-subject": EMPTY}, ("21.2",), "unknown-node"),
    "an obsolete list": ({f"{CIPHERS}/cipher[index=1]/name": "tls-rsa-with-aes128-cbc-sha"}, ("25.10",),
                         "obsolete-node"),
    "a name that is no enumeration value": ({f"{PROFILE}/revocation-check": "crl_optional"}, BOTH, "invalid-value"),
    "a number above its range": ({f"{PKI}/certificate-expiration-warning/hours": "8761"}, BOTH, "invalid-value"),
    "a number below its range": ({f"{PKI}/maximum-cert-chain-depth": "0"}, BOTH, "invalid-value"),
    "no number": ({f"{PKI}/maximum-cert-chain-depth": "two"}, BOTH, "invalid-value"),
    "no boolean": ({f"{PROFILE}/cmpv2/always-set-sender-for-ir": "yes"}, BOTH, "invalid-value"),
    "a name of 33 characters": ({f"{PKI}/ca-profile[ca-profile-name={'é' * 33}]": PRESENT}, BOTH, "invalid-value"),
    "a name of blanks": ({f"{PKI}/ca-profile[ca-profile-name=   ]": PRESENT}, BOTH, "invalid-value"),
    "a file name with a folder": ({f"{PROFILE}/cert-file": "cf3:/x.pem"}, BOTH, "invalid-value"),
    "an HTTPS address": ({f"{PROFILE}/cmpv2/url/url-string": "https://ca.example:8080/cmp"}, BOTH, "invalid-value"),
    "a key out of range": ({f"{TLS}/cert-profile[cert-profile-name=p]/entry[entry-id=9]": PRESENT}, BOTH,
                           "invalid-value"),
    "both cases of a choice": ({
        SERVER: PRESENT, "/configure/system/grpc/tls-server-profile": "s",
        "/configure/system/grpc/allow-unsecure-connection": EMPTY,
    }, BOTH, "choice-conflict"),
    "two matches of one kind": ({
        f"{FILTER}/named-entry[entry-name=w]/match/message/eq": "x",
        f"{FILTER}/named-entry[entry-name=w]/match/message/neq": "y",
    }, BOTH, "choice-conflict"),
    "a reference to nothing": ({"/configure/system/grpc/tls-server-profile": "s"}, BOTH, "dangling-reference"),
    "a script policy without its owner": ({POLICY: PRESENT, f"{HANDLER}/name": "renew"}, ("21.2",),
                                          "dangling-reference"),
    "a misspelt reference": ({CIPHERS: PRESENT, f"{SERVER}/cipher-list": "C"}, BOTH, "dangling-reference"),
    "a reference in a key": ({
        f"{TLS}/trust-anchor-profile[trust-anchor-profile-name=t]/trust-anchor[ca-profile-name=nobody]": PRESENT,
    }, BOTH, "dangling-reference"),
    "a missing mandatory leaf": ({f"{COMMON_NAME}/cn-type": "ip-address"}, BOTH, "missing-mandatory"),
    "an entry without its cipher": ({f"{CIPHERS}/tls12-cipher[index=1]": PRESENT}, ("25.10",), "missing-mandatory"),
    "more trust anchors than there may be": ({
        **{f"{PKI}/ca-profile[ca-profile-name=c{number}]": PRESENT for number in range(9)},
        **{f"{TLS}/trust-anchor-profile[trust-anchor-profile-name=t]/trust-anchor[ca-profile-name=c{number}]": PRESENT
           for number in range(9)},
    }, BOTH, "too-many"),
    "an unknown event": ({f"{LOG}/event-trigger/security[event=tmnxPkiCertBeforeExpiryWarning]": PRESENT}, BOTH,
                         "invalid-value"),
}


def verdicts(release: str, members: Members) -> list[schema.Violation]:
    """Return what our schema says of a configuration that is meant to be whole."""
    tree = ConfigTree.from_items((path_of(text), value) for text, value in members.items())
    return schema.load(release).check(tree, elsewhere=())


@pytest.mark.parametrize(
    ("release", "members"),
    [pytest.param(release, members, id=f"{name} in {release}")
     for name, (members, releases) in GOOD.items() for release in releases],
)
def test_both_accept(yanglint: Yanglint, release: str, members: Members) -> None:
    """A configuration that the release takes is accepted by both."""
    assert yanglint.validate_config(release, document(members)) == []
    assert verdicts(release, members) == []


@pytest.mark.parametrize(
    ("release", "members", "code"),
    [pytest.param(release, members, code, id=f"{name} in {release}")
     for name, (members, releases, code) in BAD.items() for release in releases],
)
def test_both_refuse(yanglint: Yanglint, release: str, members: Members, code: str) -> None:
    """A configuration with one fault is refused by both, and ours says which fault."""
    assert yanglint.validate_config(release, document(members)) != []
    assert [violation.code for violation in verdicts(release, members)] == [code]
