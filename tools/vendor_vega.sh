#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes txsim/report/assets/vega.min.js: Vega and its interpreter of expressions in one script, for pages without eval.
# Needs npm; only whoever moves to another version of Vega runs it. The version is the one inside vl-convert-python.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
assets=$PWD/txsim/report/assets
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund vega@6.2.0 vega-interpreter@2.2.1 esbuild@0.25 >/dev/null
cat > entry.js <<'JS'
export { expressionInterpreter } from 'vega-interpreter';
JS
npx esbuild entry.js --bundle --minify --format=iife --global-name=vegaInterpreter --legal-comments=none --outfile=interpreter.js
cat node_modules/vega/build/vega.min.js interpreter.js | sed '/^\/\/# sourceMappingURL/d' > "$assets/vega.min.js"
{
    echo "vega.min.js holds Vega 6.2.0 and vega-interpreter 2.2.1 with what they need of D3, unaltered."
    echo; echo "== Vega and vega-interpreter"; cat node_modules/vega/LICENSE
    echo; echo "== D3"; cat node_modules/d3-array/LICENSE
} > "$assets/vega.LICENSE.txt"
