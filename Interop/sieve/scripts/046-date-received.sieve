require ["date", "index", "relational", "fileinto", "variables"];
if date :index 1 :zone "+0000" :matches "Received" "iso8601" "*" { set "first" "${1}"; }
if date :index 1 :last :zone "+0000" :matches "Received" "iso8601" "*" { set "last" "${1}"; }
fileinto "${first} ${last}";
