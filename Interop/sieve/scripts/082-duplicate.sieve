require ["duplicate", "fileinto"];
if duplicate { fileinto "Duplicates"; }
elsif duplicate :header "X-Message-Id" :handle "other" { fileinto "Other"; }
