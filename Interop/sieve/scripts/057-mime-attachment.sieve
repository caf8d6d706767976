require ["mime", "foreverypart", "fileinto"];
foreverypart {
    if header :mime :param "filename" :matches "Content-Disposition" ["*.exe", "*.scr", "*.zip", "*.gif", "*.jpg"] {
        fileinto "Attachment";
        break;
    }
}
