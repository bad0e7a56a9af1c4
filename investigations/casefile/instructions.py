"""How the other side checks a bag: one page of words, and the same steps as a shell script for public tools."""

from __future__ import annotations

from investigations.casefile.sealing import SealFacts

README = """\
HOW TO CHECK THIS CASE FILE

Status: {words}.
What a check shows: the file is unchanged since it was sealed, and by which key. It never shows that its content is true.

You need, by another road than this file (the transmittal letter, the signer's web site, a telephone call):
  - the SHA-256 of the zip;
  - the signer's public key (signer.pub.pem), or its fingerprint. This file names {key};
    for ssh-keygen the same key as a file allowed_signers, which the signer publishes with it (verify.sh makes one itself);
  - if it is time-stamped, the authority's certificates (tsa-ca.pem), from the authority;
  - if you have one, a copy of the audit checkpoint, or an earlier case file of this case.

THE SHORT WAY (Python 3.11 or later; use the verify.py that is published with the release, not the one in here)
  python3 -I verify.py CASE.zip --key signer.pub.pem --tsa-ca tsa-ca.pem --sha256 DIGEST
  python3 -I verify.py CASE.zip --fingerprint SHA256:...          with a fingerprint alone
  ... --checkpoint COPY.txt --earlier EARLIER.zip              with what you hold from before
It prints a line a check. Exit status: 0 verified, 1 not verified, 3 nothing wrong but the signer was not established.

THE LONG WAY, with public tools, in the unpacked folder (or: sh data/verify.sh signer.pub.pem tsa-ca.pem)
1. Signature:   openssl pkeyutl -verify -pubin -inkey signer.pub.pem -rawin \\
                  -in tagmanifest-sha256.txt -sigfile signatures/tagmanifest-sha256.txt.sig        (OpenSSL 3)
   or:          ssh-keygen -Y verify -f allowed_signers -I IDENTITY -n casefile \\
                  -s signatures/tagmanifest-sha256.txt.sshsig < tagmanifest-sha256.txt       (IDENTITY: its first word)
2. Time stamp:  openssl ts -verify -data signatures/tagmanifest-sha256.txt.sig \\
                  -in signatures/tagmanifest-sha256.txt.sig.tsr -CAfile tsa-ca.pem
                If a certificate has expired since: -attime SECONDS, the stamp's own time (openssl ts -reply -text -in ...).
3. Digests:     sha256sum -c --strict tagmanifest-sha256.txt && sha256sum -c --strict manifest-sha256.txt
4. File list:   find . ! -type d  lists exactly what manifest-sha256.txt names, the four tag files of
                tagmanifest-sha256.txt, both tag manifests, and what bag-info.txt announces under Files-Outside-Manifests.
                No links, no fetch.txt. (sha256sum does not notice added files: this step does.)
5. Checkpoint:  as 1 and 2 for data/audit/checkpoint.txt; then the SHA-256 of data/audit/checkpoint-leaf.txt is a line of it.
                That file's last two lines are number and hash of the last entry of the case's audit chain.
6. Chain:       data/audit/chain.tsv has chain, seq, at, actor, prev_hash, payload_sha256, entry_hash, tab between.
                payload_sha256 is of the same line of payloads.jsonl without its line end. entry_hash is the SHA-256 of the line
                casefile-audit-v1 and the first six fields, each ended by LF. prev_hash is the entry_hash before it, 64 zeros at
                first. A tab inside a field is written backslash t and a backslash is doubled: undo that before hashing.
                In a produced form (Derived-From in bag-info.txt) a payload may be withheld: its line then holds its digest alone.

bagit.py --validate is not enough: it does not notice an added tag file or a swapped signature.
The key in data/signer.pub.pem proves nothing by itself: whoever changes the file can change the key in it.
"""

SHELL = r"""#!/bin/sh
# Checks an unpacked case file with public tools: sh data/verify.sh signer.pub.pem [tsa-ca.pem]. Both by another road.
# Run it in the bag's folder. Exit status 0: every step held. Trust the copy that is published with the release.
set -u
LC_ALL=C; export LC_ALL
key=${1:-}; ca=${2:-}; failed=0
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
step() { if [ "$2" -eq 0 ]; then echo "ok      $1"; else echo "FAILED  $1"; failed=1; fi; }
signed() { openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in "$1" -sigfile "$2" >/dev/null 2>&1; }
stamped() { openssl ts -verify -data "$1" -in "$1.tsr" -CAfile "$ca" >/dev/null 2>&1; }

# 4 first: nothing but plain files with plain names, and exactly those that are announced.
! find . ! -type f ! -type d | grep -q .; step "no links, no devices" $?
odd=$(find . -name '*[!A-Za-z0-9._+-]*' | head -c 200); [ -z "$odd" ]; step "plain names" $?
[ ! -e fetch.txt ]; step "nothing to fetch" $?
{ cut -c67- manifest-sha256.txt; cut -c67- tagmanifest-sha256.txt; echo tagmanifest-sha256.txt; echo tagmanifest-sha512.txt
  sed -n 's/^Files-Outside-Manifests: //p' bag-info.txt | tr ' ' '\n' | grep .; } | sort > "$tmp/expected"
find . -type f | sed 's|^\./||' | sort > "$tmp/found"
cmp -s "$tmp/expected" "$tmp/found"; step "exactly the announced files" $?

form=sealed; ! grep -q '^Derived-From: ' bag-info.txt || form=produced
grep -q "\"form\":\"$form\"" data/case.json; step "the form that it says it is" $?

# 3: digests, both kinds.
for kind in 256 512; do
  sha${kind}sum -c --strict --quiet tagmanifest-sha$kind.txt >/dev/null 2>&1; step "tag manifest, SHA-$kind" $?
  sha${kind}sum -c --strict --quiet manifest-sha$kind.txt >/dev/null 2>&1; step "payload manifest, SHA-$kind" $?
done

# 1, 2 and 5: who sealed it, and the end of the audit chain.
if grep -q '^Signed-By: nobody$' bag-info.txt; then
  echo "open    signature: this bag says that it is not signed"; failed=1
elif [ -z "$key" ]; then
  echo "open    signature: give the signer's public key, got by another road"; failed=1
else
  signed tagmanifest-sha256.txt signatures/tagmanifest-sha256.txt.sig; step "signature" $?
  if command -v ssh-keygen >/dev/null; then
    blob=$({ printf '\000\000\000\013ssh-ed25519\000\000\000\040'; openssl pkey -pubin -in "$key" -outform DER | tail -c 32; } | base64)
    printf 'signer namespaces="casefile" ssh-ed25519 %s\n' "$(printf '%s' "$blob" | tr -d '\n')" > "$tmp/allowed"
    ssh-keygen -Y verify -f "$tmp/allowed" -I signer -n casefile -s signatures/tagmanifest-sha256.txt.sshsig \
      < tagmanifest-sha256.txt >/dev/null 2>&1; step "SSH signature" $?
  fi
  for file in signatures/tagmanifest-sha256.txt.sig data/audit/checkpoint.txt.sig; do
    if [ ! -e "$file.tsr" ]; then
      echo "open    time stamp of $file: not time-stamped"
      [ -z "$ca" ] || { false; step "time stamp of $file, since an authority's certificate was given" $?; }
    elif [ -z "$ca" ]; then echo "open    time stamp of $file: give the authority's certificates"
    else stamped "$file"; step "time stamp of $file" $?; fi
  done
  signed data/audit/checkpoint.txt data/audit/checkpoint.txt.sig; step "checkpoint signature" $?
  grep -qx "$(sha256sum < data/audit/checkpoint-leaf.txt | cut -c1-64)" data/audit/checkpoint.txt
  step "the checkpoint holds the leaf" $?
  sed -n 4,5p data/audit/checkpoint-leaf.txt | tr '\n' '\t' > "$tmp/leaf"
  tail -n 1 data/audit/chain.tsv | cut -f2,7 | tr '\n' '\t' > "$tmp/last"
  cmp -s "$tmp/leaf" "$tmp/last"; step "the chain ends where the leaf says" $?
fi

# 6: the chain, entry by entry (about a hundred a second).
tab=$(printf '\t'); before=$(printf '%064d' 0); n=0; bad=0
code=$(sed -n 's/^External-Identifier: \(.*\)_export-[0-9]*$/\1/p' bag-info.txt)
while IFS="$tab" read -r chain seq at actor prev digest own <&3 && IFS= read -r payload <&4; do
  n=$((n + 1))
  case "$chain$actor" in *\\*) echo "        entry $n has an escaped tab or backslash: check it with verify.py"; bad=1; break;; esac
  [ "$(printf '%s' "$payload" | sha256sum | cut -c1-64)" = "$digest" ] || {
    [ "$payload" = "{\"payload_sha256\":\"$digest\",\"withheld\":\"redacted\"}" ] && grep -q '^Derived-From: ' bag-info.txt
  } || { bad=$n; break; }
  made=$(printf 'casefile-audit-v1\n%s\n%s\n%s\n%s\n%s\n%s\n' "$chain" "$seq" "$at" "$actor" "$prev" "$digest" | sha256sum)
  { [ "$chain" = "case:$code" ] && [ "$seq" = "$n" ] && [ "$prev" = "$before" ] && [ "${made%% *}" = "$own" ]; } || { bad=$n; break; }
  before=$own
done 3< data/audit/chain.tsv 4< data/audit/payloads.jsonl
{ [ "$bad" -eq 0 ] && [ "$n" -eq "$(wc -l < data/audit/chain.tsv)" ] && [ "$n" -eq "$(wc -l < data/audit/payloads.jsonl)" ]; }
step "audit chain, $n entries" $?
grep -qx "Audit-Head: $n $before" bag-info.txt; step "the chain ends where bag-info.txt says" $?

if [ "$failed" -eq 0 ]; then echo "VERIFIED: unchanged since it was sealed. That says nothing about whether its content is true."
else echo "NOT VERIFIED: see the lines above."; fi
exit "$failed"
"""


def readme(seal: SealFacts) -> str:
    """README-VERIFY.txt, one page."""
    return README.format(words=seal.words, key=seal.fingerprint or "none: it is not signed")


def in_short() -> list[str]:
    """The steps as the report prints them."""
    return [
        "Get the signer's public key or its fingerprint, and the SHA-256 of the zip, by another road than this file.",
        "python3 -I verify.py CASE.zip --key signer.pub.pem --tsa-ca tsa-ca.pem (the program is published with the release).",
        "Or with openssl, ssh-keygen, sha256sum and find alone: data/README-VERIFY.txt says how, data/verify.sh does it.",
        "A check shows that the file is unchanged since it was sealed, and by which key; never that its content is true.",
    ]
