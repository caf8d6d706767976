require ["date", "fileinto", "variables"];
if date :matches :originalzone "Date" "month" "*" { set "month" "${1}"; }
if date :matches :originalzone "Date" "day" "*" { set "day" "${1}"; }
fileinto "Days/${month}-${day}";
