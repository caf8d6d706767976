require ["mime", "foreverypart", "fileinto"];
if exists :mime :anychild "Content-Disposition" { fileinto "Disposed"; }
elsif exists :mime "Content-Type" { fileinto "Typed"; }
