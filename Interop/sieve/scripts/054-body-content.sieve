require ["body", "fileinto"];
if body :content "text/html" :contains "<a" { fileinto "HTMLLinks"; }
elsif body :content ["text/plain", "message"] :contains "wrote:" { fileinto "Quoting"; }
