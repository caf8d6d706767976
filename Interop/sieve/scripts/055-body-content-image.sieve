require ["body", "fileinto"];
if body :content "image" :contains "" { fileinto "Images"; }
elsif body :content "application" :contains "" { fileinto "Attachments"; }
elsif body :content "multipart" :contains "" { fileinto "Multipart"; }
