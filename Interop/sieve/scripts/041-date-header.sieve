require ["date", "relational", "fileinto", "variables"];
if date :matches "Date" "year" "*" { fileinto "Archive/${1}"; }
