require ["date", "fileinto", "variables"];
if date :zone "+0530" :matches "Date" "iso8601" "*" { set "when" "${1}"; }
if date :originalzone :matches "Date" "zone" "*" { fileinto "Zone/${1} ${when}"; }
