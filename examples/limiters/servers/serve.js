// express-rate-limit with 100 calls per 10 seconds, on as many free ports of this machine as asked; each counts on its
// own. Prints the ports.
//
//     node serve.js draft-8 3

const express = require('express');
const { rateLimit } = require('express-rate-limit');

const forms = {
    'draft-8': { standardHeaders: 'draft-8', legacyHeaders: false },
    legacy: { standardHeaders: false, legacyHeaders: true },
    // Without headers of its own it sends no Retry-After either.
    'retry-after': { standardHeaders: false, legacyHeaders: false, handler: refuse },
};

function refuse(request, response) {
    const rest = Math.ceil((request.rateLimit.resetTime - Date.now()) / 1000);
    response.status(429).set('Retry-After', String(rest)).send('too many calls');
}

function serve(form) {
    const app = express();
    // Counts nothing: connections are opened here before anything is measured.
    app.get('/warm', (request, response) => response.send('ok'));
    app.use(rateLimit({ windowMs: 10_000, limit: 100, ...forms[form] }));
    app.get('/', (request, response) => response.send('ok'));
    return new Promise((resolve, reject) => {
        const server = app.listen(0, '127.0.0.1', (error) => (error ? reject(error) : resolve(server.address().port)));
        // A client's pause must not close its connections.
        server.keepAliveTimeout = 600_000;
    });
}

const [form, count] = process.argv.slice(2);
Promise.all(Array.from({ length: Number(count) }, () => serve(form))).then((ports) => console.log(ports.join(' ')));
