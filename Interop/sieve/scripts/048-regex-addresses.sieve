require ["regex", "fileinto", "variables"];
if address :regex :localpart "From" "^([^._]+)[._]([^._]+)$" { fileinto "People/${2}, ${1}"; }
elsif address :regex :all "From" "^[[:alnum:]]+@" { fileinto "Short"; }
