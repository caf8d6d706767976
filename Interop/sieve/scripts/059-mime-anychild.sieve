require ["mime", "fileinto"];
if header :mime :anychild :subtype "Content-Type" ["html", "pgp-signature"] { fileinto "Rich"; }
elsif header :mime :type "Content-Type" "text" { fileinto "Text"; }
