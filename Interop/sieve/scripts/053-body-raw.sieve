require ["body", "fileinto"];
if body :raw :contains ["<html", "<body"] { fileinto "HTML"; }
elsif body :raw :contains "-----BEGIN PGP" { fileinto "Signed"; }
