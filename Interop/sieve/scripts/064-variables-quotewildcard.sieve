require ["variables", "fileinto"];
if header :matches "Subject" "*" { set :quotewildcard "s" "${1}"; }
if header :matches "Subject" "${s}" { fileinto "Same"; } else { fileinto "Other"; }
