#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

# Builds the documentation as a site in build/site/html and checks its links:
#     scripts/site.sh && xdg-open build/site/html/index.html
# mkdocs makes the pages of docs/, Doxygen what the reference of
# include/runnel is made of; runnel itself and graphviz draw the pictures. A warning of either is an error. Nothing is written outside of build/.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/deps.sh build site

out=build/site
mkdir -p $out
export PYTHONDONTWRITEBYTECODE=1
python=/usr/bin/python3 # has the packages that scripts/deps.sh installs
$python scripts/site/graphs.py $out
$python scripts/site/stage.py $out

{ cat scripts/site/Doxyfile; echo "OUTPUT_DIRECTORY = $out"; } >$out/Doxyfile
rm -rf $out/xml
doxygen $out/Doxyfile
$python scripts/check-reference.py $out/xml
$python scripts/site/reference.py $out/xml $out/pages/api

# mkdocs tells its progress; only what it warns of is shown.
$python -m mkdocs build --strict --clean --config-file $out/mkdocs.yml >$out/mkdocs.log 2>&1 \
    || { grep -E 'WARNING|ERROR|Error' $out/mkdocs.log >&2; exit 1; }
$python scripts/site/check_links.py $out/html
