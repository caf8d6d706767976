require ["environment", "fileinto", "variables"];
if environment :matches "location" "*" { set "where" "${1}"; }
if environment :is "phase" "during" { fileinto "During ${where}"; }
elsif environment :contains "name" "" { fileinto "Named"; }
