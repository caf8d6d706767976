require ["date", "fileinto", "variables"];
if date :zone "+0000" :matches "Date" "julian" "*" { set "j" "${1}"; }
if date :zone "-0800" :matches "Date" "time" "*" { set "t" "${1}"; }
if date :zone "+0000" :matches "Date" "std11" "*" { set "s" "${1}"; }
fileinto "${j} ${t} ${s}";
