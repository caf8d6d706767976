require ["variables", "fileinto"];
if header :matches "Received" "from * by *" { fileinto "From ${1}"; }
