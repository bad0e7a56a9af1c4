#!/bin/sh
# SIGNING_COMMAND for a key in an HSM: bytes on standard input, the raw Ed25519 signature on standard output.
# Needs OpenSC's pkcs11-tool and a token whose key is Ed25519 (CKM_EDDSA). The PIN comes from a file that only the
# application's user can read.
set -eu
umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/data"
pkcs11-tool --module "${PKCS11_MODULE:?}" --token-label "${PKCS11_TOKEN:?}" --label "${PKCS11_KEY:?}" \
    --login --pin "$(cat "${PKCS11_PIN_FILE:?}")" --sign --mechanism EDDSA \
    --input-file "$work/data" --output-file "$work/signature" >&2
cat "$work/signature"
