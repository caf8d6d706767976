require ["mime", "fileinto", "variables"];
if header :mime :param "charset" :matches "Content-Type" "*" { fileinto "Charset/${1}"; }
