#!/usr/bin/env bash
# Configure EJBCA CE for sroscert by its own command line, without a browser, and register routers there.
#
#   ./ejbca.sh setup                 CA, CMP alias, ManagementCA.pem
#   ./ejbca.sh router NAME ADDRESS   one router: an end entity and a one-time code in codes/NAME
#   ./ejbca.sh again NAME            let an expired router enrol anew: a new code, status New
#
# Settings: CA_CONTAINER (clab-sroscert-ca), EJBCA (/opt/keyfactor/bin/ejbca.sh in the container).
# Not run by us: the commands are those of EJBCA's sources and of public scripts; see README.md.
set -euo pipefail
cd "$(dirname "$0")"

container="${CA_CONTAINER:-clab-sroscert-ca}"
ejbca="${EJBCA:-/opt/keyfactor/bin/ejbca.sh}"
ca=LabCA
ca_dn="CN=LabCA,O=sroscert lab,C=NL"
alias=CMP-Server

# Standard input is not EJBCA's: a loop that reads router names must not lose them.
e() { docker exec "$container" "$ejbca" "$@" </dev/null; }

# The code comes by standard input and stands in no command line of this host's docker. EJBCA's own command takes it as
# an argument, so whoever may list the processes in the container sees it while the command runs.
e_with_code() {
    # shellcheck disable=SC2016 # the inner shell expands these
    docker exec -i "$container" bash -c 'read -r code; exec "$@" --password "$code"' - "$ejbca" "$@"
}

wait_until_healthy() {
    for _ in $(seq 120); do
        if docker exec "$container" curl -sfk https://localhost:8443/ejbca/publicweb/healthcheck/ejbcahealth \
            >/dev/null 2>&1; then
            return
        fi
        sleep 5
    done
    echo "EJBCA in $container does not become healthy" >&2
    exit 1
}

setting() { e config cmp updatealias --alias "$alias" --key "$1" --value "$2"; }

setup() {
    wait_until_healthy
    # The token's password is EJBCA's well-known default: this CA is for a lab.
    e ca init --caname "$ca" --dn "$ca_dn" --tokenType soft --tokenPass foo123 --keytype RSA --keyspec 3072 \
        -s SHA256WithRSA -v 3652 --policy null -type x509
    e config cmp addalias --alias "$alias"
    setting operationmode client
    # HMAC: the code is proven, never sent. EndEntityCertificate: a renewal is signed with the present certificate.
    # DnPartPwd and RegTokenPwd prove nothing or send the password, and are not used.
    setting authenticationmodule 'HMAC;EndEntityCertificate'
    setting authenticationparameters '-;-'
    setting extractusernamecomponent CN
    # A signed answer, and a CA that signs the confirmation as well.
    setting responseprotection signature
    setting defaultca "$ca_dn"
    # Renewal needs no hand: a key update (kur) sets the end entity to New by itself, and must bring a new key.
    setting allowautomatickeyupdate true
    setting allowupdatewithsamekey false
    e config cmp dumpalias --alias "$alias"
    e ca getcacert --caname "$ca" -f /dev/stdout | sed -n '/BEGIN CERTIFICATE/,/END CERTIFICATE/p' >ManagementCA.pem
    grep -q 'BEGIN CERTIFICATE' ManagementCA.pem
    echo "ManagementCA.pem is written; the CMP URL is http://172.20.21.6:8080/ejbca/publicweb/cmp/$alias"
}

# 128 random bits, in a file that only its owner reads. No code begins with a dash: EJBCA's command would take it for an
# option. The code in use stays until EJBCA has taken the new one.
new_code() {
    mkdir -p codes
    chmod 700 codes
    (umask 077 && { head -c 16 /dev/urandom | base64 | tr '+/' '_.' | tr -d '=\n' && echo; } >"codes/.$1.new")
}

keep_code() { mv "codes/.$1.new" "codes/$1"; }

router() {
    local name="$1" address="$2"
    new_code "$name"
    e_with_code ra addendentity --username "$name" --dn "C=NL,O=sroscert lab,CN=$name" \
        --altname "ipaddress=$address" --caname "$ca" --type 1 --token USERGENERATED --certprofile SERVER \
        <"codes/.$name.new"
    keep_code "$name"
    # HMAC in client mode reads the code from the database.
    e_with_code ra setclearpwd --username "$name" <"codes/$name"
}

again() {
    new_code "$1"
    e_with_code ra setclearpwd --username "$1" <"codes/.$1.new"
    keep_code "$1"
    e ra setendentitystatus --username "$1" -S 10
}

case "${1:-} $#" in
"setup 1") setup ;;
"router 3") router "$2" "$3" ;;
"again 2") again "$2" ;;
*)
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 64
    ;;
esac
