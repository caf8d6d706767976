require ["relational", "fileinto"];
if header :value "lt" "Subject" "m" { fileinto "A-L"; } else { fileinto "M-Z"; }
